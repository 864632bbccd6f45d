// Sockets between pages and the server, with every fault that a network has. Frames keep their order
// on one connection and direction, as TCP gives it; connections overtake each other.

import type { Socket } from '../../web/call/src/environment.ts';
import type { VirtualClock } from '../../web/call/test/support/clock.ts';
import type { Prng } from '../../web/call/test/support/prng.ts';

/** What a browser sees of a connection that ended without a close frame. */
export const abnormalClosure = 1006;
/** How long the server waits for a pong, and the client's kernel for its keep-alive (§5). */
const serverNotices = 30_000;
const clientNotices = 45_000;

/** The server's side of the sockets. */
export interface Listener {
  /** Whether anybody listens: while the server restarts, connections are refused. */
  readonly isUp: boolean;
  accepted(connection: Connection): void;
  received(connection: Connection, text: string): void;
  closed(connection: Connection): void;
}

export class Network {
  readonly clock: VirtualClock;
  readonly random: Prng;
  readonly listener: Listener;
  readonly log: (line: () => string) => void;
  readonly open = new Set<Connection>();
  /** Upper bound of a one-way delay. */
  maxDelay = 100;
  #opened = 0;

  constructor(clock: VirtualClock, random: Prng, listener: Listener, log: (line: () => string) => void) {
    this.clock = clock;
    this.random = random;
    this.listener = listener;
    this.log = log;
  }

  /** `swallows`: somebody on the way lets it come up, and nothing pass. */
  connect(owner: string, url: string, protocols: readonly string[], swallows = false): Connection {
    this.#opened += 1;
    return new Connection(this, this.#opened, owner, url, protocols, swallows);
  }

  /** Connections that `owner` has open, oldest first. */
  of(owner: string): Connection[] {
    return [...this.open].filter((connection) => connection.owner === owner);
  }
}

export class Connection implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  readonly number: number;
  readonly owner: string;
  readonly room: string;
  readonly request: string;
  readonly #network: Network;
  readonly #baseDelay: number;
  /** When the latest frame of each direction arrives: the next one comes no earlier. */
  #upUntil = 0;
  #downUntil = 0;
  #clientOpen = true;
  #serverOpen = false;
  /** Nothing in flight, and nothing sent from now on, arrives. */
  #isDead = false;
  readonly #swallows: boolean;

  constructor(network: Network, number: number, owner: string, url: string, protocols: readonly string[], swallows: boolean) {
    this.#network = network;
    this.#swallows = swallows;
    this.number = number;
    this.owner = owner;
    this.room = /\/rooms\/(.*)\/(join|events)$/.exec(url)?.[1] ?? '';
    this.request = protocols.find((protocol) => protocol.startsWith('join.'))?.slice(5) ?? '';
    this.#baseDelay = network.random.integer(0, network.maxDelay);
    network.open.add(this);
    this.#upward(() => this.#arrive());
  }

  // The client's side

  send(text: string): void {
    if (!this.#clientOpen || this.#swallows) return;
    this.#network.log(() => `${this.#name} → ${brief(text)}`);
    this.#upward(() => {
      if (this.#serverOpen) this.#network.listener.received(this, text);
    });
  }

  close(): void {
    if (!this.#clientOpen) return;
    this.#network.log(() => `${this.#name} closed by the page`);
    this.#clientOpen = false;
    this.#upward(() => this.#endServer());
    // A close that gets lost is noticed all the same.
    if (this.#isDead) this.#later(serverNotices, () => this.#endServer());
  }

  // The server's side

  get isOpen(): boolean {
    return this.#serverOpen;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  deliver(text: string): void {
    if (this.#swallows) return;
    this.#downward(() => {
      if (!this.#clientOpen) return;
      this.#network.log(() => `${this.#name} ← ${brief(text)}`);
      this.onmessage?.({ data: text });
    });
  }

  refuse(code: number): void {
    this.#serverOpen = false;
    this.#downward(() => this.#endClient(code));
    if (this.#isDead) this.#later(clientNotices, () => this.#endClient(abnormalClosure));
  }

  // Faults

  /** The connection breaks, and both ends are told so, each in its time. */
  cut(): void {
    this.#isDead = true;
    this.#network.log(() => `${this.#name} cut`);
    this.#later(this.#network.random.integer(0, 300), () => this.#endClient(abnormalClosure));
    this.#later(this.#network.random.integer(0, 300), () => this.#endServer());
  }

  /** The connection goes silent: each end learns it when its own patience is over. */
  silence(): void {
    this.#isDead = true;
    this.#network.log(() => `${this.#name} silenced`);
    this.#later(clientNotices, () => this.#endClient(abnormalClosure));
    this.#later(serverNotices, () => this.#endServer());
  }

  /** The server's process died. */
  lose(): void {
    this.#serverOpen = false;
    if (this.#isDead) return;
    this.#isDead = true;
    this.#later(this.#network.random.integer(0, 300), () => this.#endClient(abnormalClosure));
  }

  get #name(): string {
    return `${this.owner} #${this.number}`;
  }

  #arrive(): void {
    const { listener } = this.#network;
    if (!listener.isUp) return this.refuse(abnormalClosure);
    this.#serverOpen = true;
    this.#downward(() => {
      if (this.#clientOpen) this.onopen?.();
    });
    listener.accepted(this);
  }

  #endServer(): void {
    if (!this.#serverOpen) return;
    this.#serverOpen = false;
    this.#forgetEnded();
    this.#network.listener.closed(this);
  }

  #endClient(code: number): void {
    const wasOpen = this.#clientOpen;
    this.#clientOpen = false;
    this.#forgetEnded();
    if (!wasOpen) return;
    this.#network.log(() => `${this.#name} closed: ${code}`);
    this.onclose?.({ code });
  }

  /** As long as one end takes it for open, it is to be found: a page that ends must not be told of it any more. */
  #forgetEnded(): void {
    if (!this.#clientOpen && !this.#serverOpen) this.#network.open.delete(this);
  }

  #upward(arrive: () => void): void {
    this.#upUntil = Math.max(this.#upUntil, this.#arrival());
    this.#inFlight(this.#upUntil, arrive);
  }

  #downward(arrive: () => void): void {
    this.#downUntil = Math.max(this.#downUntil, this.#arrival());
    this.#inFlight(this.#downUntil, arrive);
  }

  #arrival(): number {
    // Mostly steady; now and then a segment has to be sent again.
    const { clock, random } = this.#network;
    return clock.now + this.#baseDelay + (random.chance(0.03) ? random.integer(50, 400) : random.integer(0, 5));
  }

  #inFlight(at: number, arrive: () => void): void {
    this.#later(at - this.#network.clock.now, () => {
      if (!this.#isDead) arrive();
    });
  }

  #later(delay: number, callback: () => void): void {
    this.#network.clock.after(delay, callback);
  }
}

/** A frame on one line: what is in a body, but not the message itself. */
function brief(text: string): string {
  const [header, body] = text.split('\n');
  if (body === undefined) return String(header).replace(/,"iceServers".*/, '');
  const { link, seq, base, ack, reject } = JSON.parse(body) as Record<string, unknown>;
  return `${header} ${JSON.stringify({ link, seq, base, ack, reject })}`;
}
