// An environment in virtual time: sockets that the test holds the other end of, and model connections.

import type { Environment, Exchange, Socket } from '../../src/environment.ts';
import type { Silence } from '../../src/path_watch.ts';
import { VirtualClock } from './clock.ts';
import { synchronousCrypto } from './crypto.ts';
import { IceNetwork } from './peer_connection.ts';
import { Prng } from './prng.ts';

/** No two environments draw the same secrets. */
let seed = 0;

/** The test's end of a page's socket. */
export class TestSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  readonly url: string;
  readonly sent: string[] = [];
  isClosed = false;
  readonly #protocols: readonly string[];

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.#protocols = protocols;
  }

  get joinRequest(): Record<string, unknown> {
    const encoded = this.#protocols.find((protocol) => protocol.startsWith('join.')) ?? '';
    return JSON.parse(Buffer.from(encoded.slice(5), 'base64url').toString()) as Record<string, unknown>;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.isClosed = true;
  }

  receive(header: object, body?: object): void {
    this.onmessage?.({ data: JSON.stringify(header) + (body ? `\n${JSON.stringify(body)}` : '') });
  }

  end(code: number): void {
    this.onclose?.({ code });
  }
}

/** The test's end of a page's post. */
export class TestExchange implements Exchange {
  onhead: ((status: number) => void) | null = null;
  ontext: ((text: string) => void) | null = null;
  onend: (() => void) | null = null;
  readonly url: string;
  readonly body: string;
  isAborted = false;

  constructor(url: string, body: string) {
    this.url = url;
    this.body = body;
  }

  abort(): void {
    this.isAborted = true;
  }

  /** An event of its stream. */
  tell(name: string, data: unknown): void {
    this.ontext?.(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** A frame on its stream. */
  receive(header: object): void {
    this.tell('message', JSON.stringify(header));
  }

  /** The whole answer, without a body. */
  answer(status: number): void {
    this.onhead?.(status);
    this.onend?.();
  }

  /** No answer ever. */
  fail(): void {
    this.onend?.();
  }
}

/** Its seams are properties of its own, so that a call can mix them with a browser's. */
export class TestEnvironment implements Environment {
  readonly clock: VirtualClock;
  readonly ice: IceNetwork;
  readonly sockets: TestSocket[] = [];
  readonly posts: TestExchange[] = [];
  readonly crypto = synchronousCrypto(new Prng((seed += 1)));
  #changed: () => void = () => undefined;

  constructor(clock = new VirtualClock(), ice = new IceNetwork(clock, new Prng(1))) {
    this.clock = clock;
    this.ice = ice;
  }

  get socket(): TestSocket {
    return this.sockets.at(-1) as TestSocket;
  }

  changeNetwork(): void {
    this.#changed();
  }

  readonly now = (): number => this.clock.now;

  readonly after = (delay: number, callback: () => void): (() => void) => this.clock.after(delay, callback);

  readonly fraction = (): number => 0;

  readonly openSocket = (url: string, protocols: string[]): Socket => {
    this.sockets.push(new TestSocket(url, protocols));
    return this.socket;
  };

  get lastPost(): TestExchange {
    return this.posts.at(-1) as TestExchange;
  }

  readonly post = (url: string, body: string): Exchange => {
    this.posts.push(new TestExchange(url, body));
    return this.lastPost;
  };

  readonly createPeerConnection = (configuration: RTCConfiguration): RTCPeerConnection =>
    this.ice.create(configuration) as unknown as RTCPeerConnection;

  readonly createCertificate = (): Promise<RTCCertificate | null> => Promise.resolve(null);

  readonly createMediaStream = (): MediaStream => {
    const tracks = new Set<MediaStreamTrack>();
    return {
      addTrack: (track: MediaStreamTrack) => tracks.add(track),
      removeTrack: (track: MediaStreamTrack) => tracks.delete(track),
      getTracks: () => [...tracks],
    } as unknown as MediaStream;
  };

  readonly watchNetwork = (changed: () => void): (() => void) => {
    this.#changed = changed;
    return () => (this.#changed = () => undefined);
  };

  /** The paths that are watched; a test tells them of silence. */
  readonly paths = new Set<(silence: Silence) => void>();

  readonly routes: (() => void)[] = [];
  readonly watchRoute = (_: RTCPeerConnection, moved: () => void): (() => void) => {
    this.routes.push(moved);
    return () => this.routes.splice(this.routes.indexOf(moved), 1);
  };
  readonly watchPath = (_: RTCPeerConnection, tell: (silence: Silence) => void): (() => void) => {
    this.paths.add(tell);
    return () => this.paths.delete(tell);
  };

  readonly trace = (): void => undefined;
}

export function welcome(fields: object = {}): object {
  return {
    type: 'welcome',
    you: 'me',
    room: 'abc-defg-hij',
    resumed: false,
    capacity: 2,
    participants: [],
    iceServers: [{ urls: ['stun:call.example'] }],
    ...fields,
  };
}
