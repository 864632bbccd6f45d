// The call: puts the connection to the server and the mesh of browsers together, and shows both to the
// page as one readable state. That state is derived, never kept.

import type { Dialler } from './dialler.ts';
import { Emitter } from './emitter.ts';
import type { Environment } from './environment.ts';
import type { Identity } from './identity.ts';
import type { Mesh } from './mesh.ts';
import type { JoinRequest } from './protocol.ts';
import { maxNameLength } from './protocol.ts';
import type { RoomFrame } from './signalling.ts';
import type { TakeEarly } from './signalling.ts';
import { Signalling } from './signalling.ts';
import type {
  Call,
  CallEvents,
  CallState,
  ChannelData,
  EndReason,
  LocalMedia,
  MediaKind,
  Participant,
  RoomLink,
  SeatStore,
} from './types.ts';

/** Earlier seats that a joining page may name. */
const maxReplaced = 4;

export interface CallParts {
  readonly link: RoomLink;
  readonly seat: SeatStore;
  readonly environment: Environment;
  readonly dialler: Dialler;
  readonly connections: { close(): void };
  readonly media: LocalMedia;
  readonly name: string;
  readonly ready: Promise<{ readonly identity: Identity; readonly mesh: Mesh }>;
  readonly takeEarly: TakeEarly;
}

/** What exists once identity and key are known. */
interface Session {
  readonly identity: Identity;
  readonly signalling: Signalling;
  readonly mesh: Mesh;
}

export class RoomCall implements Call {
  readonly link: RoomLink;
  readonly #parts: CallParts;
  readonly #events = new Emitter<CallEvents>();
  #media: LocalMedia;
  #name: string;
  #session: Session | null = null;
  #unwatch: (() => void) | null = null;
  /** While the server asks us to slow down. */
  #cancelPause: (() => void) | null = null;
  #ended: Extract<CallState, { kind: 'ended' }> | null = null;

  constructor(parts: CallParts) {
    this.link = parts.link;
    this.#parts = parts;
    this.#media = parts.media;
    this.#name = truncate(parts.name);
    parts.ready
      .then(({ identity, mesh }) => this.#start(identity, mesh))
      .catch((error: unknown) => this.#end('browser_refused', `The browser did not let the call begin: ${String(error)}`));
  }

  get state(): CallState {
    if (this.#ended) return this.#ended;
    const { signalling, mesh } = this.#session ?? {};
    if (signalling?.isOnline) return { kind: mesh?.ids.length === 0 ? 'alone' : 'in-call' };
    const kind = mesh?.capacity == null ? 'connecting' : 'reconnecting';
    return { kind, nextTryAt: signalling?.nextTryAt ?? null, trouble: signalling?.trouble ?? null };
  }

  get capacity(): number | null {
    return this.#session?.mesh.capacity ?? null;
  }

  get participants(): readonly Participant[] {
    return this.#session?.mesh.participants ?? [];
  }

  get iceServers(): readonly RTCIceServer[] {
    return this.#session?.mesh.iceServers ?? [];
  }

  get media(): LocalMedia {
    return this.#media;
  }

  get name(): string {
    return this.#name;
  }

  setTrack(kind: MediaKind, track: MediaStreamTrack | null): void {
    if (this.#media[kind] === track) return;
    this.#media = { ...this.#media, [kind]: track };
    this.#session?.mesh.replaceTrack(kind, track);
    this.#change();
  }

  setName(name: string): void {
    this.#name = truncate(name);
    this.#session?.mesh.introduce();
    this.#change();
  }

  send(data: ChannelData, to?: string): number {
    return this.#session?.mesh.send(data, to) ?? 0;
  }

  tell(facts: object, to: string): void {
    this.#session?.mesh.tell(facts, to);
  }

  leave(): void {
    this.#end('left', 'You left the call.');
  }

  tryNow(): void {
    if (this.#session?.signalling.nextTryAt != null) this.#session.signalling.open();
  }

  on<Type extends keyof CallEvents>(type: Type, listener: (event: CallEvents[Type]) => void): () => void {
    return this.#events.on(type, listener);
  }

  #start(identity: Identity, mesh: Mesh): void {
    if (this.#ended) {
      this.#parts.takeEarly(null);
      return mesh.close();
    }
    const { environment, dialler } = this.#parts;
    const signalling = new Signalling(dialler, environment, {
      joinRequest: (attempt) => this.#joinRequest(identity, mesh, attempt),
      handle: (frame) => this.#handle(frame),
      changed: () => this.#change(),
      end: (reason, text) => this.#end(reason, text),
    });
    this.#session = { identity, signalling, mesh };
    this.#unwatch = environment.watchNetwork(() => {
      mesh.restart();
      dialler.handleNetworkChange();
      signalling.open();
    });
    signalling.open(this.#parts.takeEarly);
    mesh.join({
      name: () => this.#name,
      media: () => this.#media,
      send: (frame) => {
        if (!this.#cancelPause) signalling.send(frame);
      },
      changed: () => this.#change(),
      message: (from, data) => this.#events.emit('message', { from, data }),
      facts: (from, facts) => this.#events.emit('facts', { from, facts }),
      silent: (silence) => signalling.renew(silence),
      end: (reason) => this.#end(reason, endTexts[reason]),
    });
  }

  #joinRequest({ secret }: Identity, mesh: Mesh, attempt: number): JoinRequest {
    if (mesh.capacity !== null) return { secret, attempt, resume: { known: mesh.ids } };
    const { seat, link } = this.#parts;
    const earlier = earlierSeats(seat, link, secret);
    // From now on the server may know the new secret: a reload must name it, too.
    seat.write(link.room, [...earlier, secret]);
    return newcomerRequest(secret, attempt, earlier);
  }

  #handle(frame: RoomFrame): void {
    const { mesh, identity, signalling } = this.#session as Session;
    switch (frame.type) {
      case 'welcome':
        this.#parts.seat.write(this.link.room, [identity.secret]);
        // What a former connection refused is sent again, as everything is.
        this.#resume();
        mesh.handleWelcome(frame, signalling.openedAt);
        break;
      case 'message':
        mesh.handleMessage(frame.from, frame.body);
        break;
      case 'ice':
        mesh.handleIce(frame.ice);
        break;
      case 'error':
        if (frame.code === 'rate_limited' || frame.code === 'bad_sequence') this.#pause(frame.retryAfter ?? 0);
        if (frame.code === 'held_too_much') mesh.handleHoldIsFull();
        break;
      default:
        mesh.handlePresence(frame);
    }
  }

  /** The server refused a frame: nothing more until it is ready, then everything unacknowledged. */
  #pause(milliseconds: number): void {
    this.#cancelPause ??= this.#parts.environment.after(milliseconds, () => {
      this.#resume();
      this.#session?.mesh.repeat();
    });
  }

  #resume(): void {
    this.#cancelPause?.();
    this.#cancelPause = null;
  }

  #change(): void {
    this.#events.emit('change', undefined);
  }

  #end(reason: EndReason, text: string): void {
    if (this.#ended) return;
    const gaveSeatUp = this.#session?.signalling.isOnline;
    this.#ended = { kind: 'ended', reason, text };
    this.#resume();
    this.#unwatch?.();
    this.#session?.signalling.leave();
    this.#session?.mesh.close();
    this.#parts.connections.close();
    if (gaveSeatUp) this.#parts.seat.write(this.link.room, []);
    this.#change();
  }
}

const endTexts = {
  key_mismatch: 'The key in this link is not the one that the others use. Ask them for the whole link again.',
  man_in_the_middle: 'Somebody stands between the two browsers. The call was ended; nothing more is sent.',
} as const;

function earlierSeats(seat: SeatStore, { room }: RoomLink, secret: string): string[] {
  return seat.read(room).filter((other) => other !== secret).slice(-maxReplaced);
}

function newcomerRequest(secret: string, attempt: number, earlier: readonly string[]): JoinRequest {
  const [only, ...more] = earlier;
  return { secret, attempt, ...(only === undefined ? {} : { replaces: more.length === 0 ? only : earlier }) };
}

/** What a page's first connection asks for. */
export function firstRequest(seat: SeatStore, link: RoomLink, { secret }: Identity): JoinRequest {
  return newcomerRequest(secret, 1, earlierSeats(seat, link, secret));
}

function truncate(name: string): string {
  return [...name].slice(0, maxNameLength).join('');
}
