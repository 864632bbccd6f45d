// The connection to the server (docs/protocol.md §2, §5, §6): joins, notices that it ended, and joins
// again until it is told not to. Whoever uses it may send at any time; what cannot be sent is dropped.

import type { Entering } from './early_socket.ts';
import type { Environment, Socket } from './environment.ts';
import type { JoinRequest, ServerFrame } from './protocol.ts';
import { joinProtocols, parseFrame, printLeave } from './protocol.ts';
import type { EndReason, Trouble } from './types.ts';

const firstRetry = 250;
const lastRetry = 10_000;
/** A connection that nothing has been heard on for this long is given up. */
const welcomeWithin = 10_000;

type Frame<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;

/** What the call gets to see; `come_back` and errors that close are dealt with here. */
export type RoomFrame = Exclude<ServerFrame, Frame<'come_back'>>;

export interface SignallingOwner {
  joinRequest(attempt: number): JoinRequest;
  handle(frame: RoomFrame): void;
  changed(): void;
  end(reason: EndReason, text: string): void;
}

/** A connection that was made ready for this request, if there is one; `null`: it is of no use any more. */
export type TakeEarly = (request: JoinRequest | null) => Entering | null;

const endings: Readonly<Record<number, EndReason>> = {
  1009: 'too_large',
  4000: 'bad_request',
  4001: 'unsupported_version',
  4002: 'room_full',
  4003: 'taken_over',
  4009: 'room_name',
};

const troubles: Readonly<Record<number, Trouble>> = {
  1012: 'server_restarting',
  4005: 'slow_consumer',
  4006: 'flooding',
  4007: 'too_many_connections',
  4008: 'server_full',
};

export class Signalling {
  readonly #url: string;
  readonly #environment: Environment;
  readonly #owner: SignallingOwner;
  #socket: Socket | null = null;
  #cancelTimer: (() => void) | null = null;
  #attempt = 0;
  #failures = 0;
  #comeBackAfter: number | null = null;
  #error: Frame<'error'> | null = null;
  #isOnline = false;
  /** The join was sent ahead: what follows it arrives in the room. */
  #hasJoined = false;
  #nextTryAt: number | null = null;
  #trouble: Trouble | null = null;
  #closed = false;

  constructor(url: string, environment: Environment, owner: SignallingOwner) {
    this.#url = url;
    this.#environment = environment;
    this.#owner = owner;
  }

  /** Whether the server has welcomed the present connection. */
  get isOnline(): boolean {
    return this.#isOnline;
  }

  get nextTryAt(): number | null {
    return this.#nextTryAt;
  }

  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /** Opens a new connection now, in place of the present one. */
  open(takeEarly?: TakeEarly): void {
    if (this.#closed) return;
    this.#drop();
    this.#attempt += 1;
    const request = this.#owner.joinRequest(this.#attempt);
    const early = takeEarly?.(request);
    const socket = early?.socket ?? this.#connect(request);
    if (!socket) return this.#handleClose(1006);
    this.#socket = socket;
    this.#hasJoined = early?.hasJoined === true;
    socket.onmessage = ({ data }) => this.#handleFrame(data);
    socket.onclose = ({ code }) => this.#handleClose(code);
    this.#arm(welcomeWithin, () => this.#handleClose(1006));
    this.#owner.changed();
  }

  send(frame: string): void {
    if (this.#isOnline || this.#hasJoined) this.#socket?.send(frame);
  }

  leave(): void {
    this.send(printLeave());
    this.close();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  /** Throws when the browser refuses the first connection: it will refuse them all. A later one may only be delayed. */
  #connect(request: JoinRequest): Socket | null {
    try {
      return this.#environment.openSocket(this.#url, joinProtocols(request));
    } catch (error) {
      if (this.#attempt === 1) throw error;
      return null;
    }
  }

  #drop(): void {
    const socket = this.#socket;
    this.#arm(null);
    this.#socket = null;
    this.#isOnline = false;
    this.#hasJoined = false;
    this.#nextTryAt = null;
    this.#comeBackAfter = null;
    this.#error = null;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #handleFrame(data: unknown): void {
    const frame = typeof data === 'string' ? parseFrame(data) : null;
    if (!frame) return;
    switch (frame.type) {
      case 'come_back':
        this.#comeBackAfter = frame.after;
        return;
      case 'error':
        this.#error = frame;
        break;
      case 'welcome':
        this.#arm(null);
        this.#isOnline = true;
        this.#failures = 0;
        this.#trouble = null;
        break;
    }
    // Nothing is of use before the welcome.
    if (this.#isOnline) this.#owner.handle(frame);
  }

  #handleClose(code: number): void {
    const error = this.#error;
    const comeBackAfter = this.#comeBackAfter;
    this.#drop();
    const reason = endings[code];
    if (reason) {
      this.#closed = true;
      this.#owner.end(reason, error?.text ?? '');
      return;
    }
    this.#trouble = troubles[code] ?? (comeBackAfter === null ? 'server_unreachable' : 'server_restarting');
    const delay = comeBackAfter ?? (code in troubles ? error?.retryAfter : null) ?? this.#backOff();
    this.#nextTryAt = this.#environment.now() + delay;
    this.#arm(delay, () => this.open());
    this.#owner.changed();
  }

  /** 250 ms, doubling to 10 s, each shortened by up to a half. */
  #backOff(): number {
    const delay = Math.min(firstRetry * 2 ** this.#failures, lastRetry);
    this.#failures += 1;
    return delay * (1 - this.#environment.fraction() / 2);
  }

  /** One timer: until the welcome, or until the next try. */
  #arm(delay: number | null, callback?: () => void): void {
    this.#cancelTimer?.();
    this.#cancelTimer = delay === null || !callback ? null : this.#environment.after(delay, callback);
  }
}
