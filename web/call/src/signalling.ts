// The connection to the server (docs/protocol.md §2, §5, §6): joins, notices that it ended, and joins
// again until it is told not to. Whoever uses it may send at any time; what cannot be sent is dropped.

import type { Dialler } from './dialler.ts';
import type { Entering } from './early_socket.ts';
import type { Environment, Socket } from './environment.ts';
import type { Silence } from './path_watch.ts';
import type { JoinRequest, ServerFrame } from './protocol.ts';
import { parseFrame, printLeave } from './protocol.ts';
import type { EndReason, Trouble } from './types.ts';

const firstRetry = 250;
const lastRetry = 10_000;
/** A connection as young as this works still, or as little as another one would. */
const staysFresh = 1000;

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
  readonly #dialler: Dialler;
  readonly #environment: Environment;
  readonly #owner: SignallingOwner;
  #socket: Socket | null = null;
  /** Takes the present one's place once it is welcomed. */
  #successor: { readonly socket: Socket; readonly openedAt: number; isUp: boolean } | null = null;
  #cancelSuccession: (() => void) | null = null;
  /** What the latest silence said of the present connection. */
  #mayBeDead = false;
  /** Something has come on the present connection. */
  #isHeard = false;
  #cancelTimer: (() => void) | null = null;
  #attempt = 0;
  #openedAt = -Infinity;
  #failures = 0;
  #comeBackAfter: number | null = null;
  #error: Frame<'error'> | null = null;
  #isOnline = false;
  /** The join was sent ahead: what follows it arrives in the room. */
  #hasJoined = false;
  #nextTryAt: number | null = null;
  #trouble: Trouble | null = null;
  #closed = false;

  constructor(dialler: Dialler, environment: Environment, owner: SignallingOwner) {
    this.#dialler = dialler;
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
    this.#openedAt = this.#environment.now();
    const request = this.#owner.joinRequest(this.#attempt);
    const early = takeEarly?.(request);
    const socket = early?.socket ?? this.#connect(request);
    if (!socket) return this.#handleClose(1006);
    this.#take(socket);
    this.#hasJoined = early?.hasJoined === true;
    this.#owner.changed();
  }

  /** When the present connection was opened. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /**
   * The present connection may be dead, or may not: it is used until another one has been welcomed. When none comes up, it
   * is given up, if a silence is certain by then and has not ended. One that was opened in this silence, a moment ago, is
   * good; one that does not come up for as long is tried afresh: its packets may have been lost before the network was back.
   */
  renew({ lasts, isCertain }: Silence): void {
    const isOver = lasts === 0 && !isCertain;
    this.#mayBeDead = isCertain || (!isOver && this.#mayBeDead && this.#successor !== null);
    const now = this.#environment.now();
    const isFresh = now - this.#openedAt < Math.min(lasts, staysFresh);
    if (isOver || !this.#isOnline || isFresh) return;
    if (this.#successor && (this.#successor.isUp || now - this.#successor.openedAt < staysFresh)) return;
    // Whom the server refuses, it has at least reached.
    this.#prepareSuccessor((code) => code === 1006 && this.#mayBeDead && this.open());
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
    this.#dialler.stopWaiting();
    this.#drop();
  }

  /** It is the connection from now on, and is to be welcomed in time. */
  #take(socket: Socket): void {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#handleFrame(parse(data));
    socket.onclose = ({ code }) => this.#handleClose(code);
    this.#arm(this.#dialler.patience, () => this.#handleClose(1006));
  }

  /** Onto a WebSocket, without being away in between. */
  #move(): void {
    this.#prepareSuccessor(() => {
      this.#dialler.handleUnheard();
      this.#awaitWebSocket();
    });
  }

  #prepareSuccessor(handleFailure: (code: number) => void): void {
    this.#dropSuccessor();
    this.#attempt += 1;
    const openedAt = this.#environment.now();
    const socket = this.#connect(this.#owner.joinRequest(this.#attempt));
    if (!socket) return;
    const successor = { socket, openedAt, isUp: false };
    this.#successor = successor;
    socket.onopen = () => (successor.isUp = true);
    const fail = (code: number) => {
      this.#dropSuccessor();
      handleFailure(code);
    };
    this.#cancelSuccession = this.#environment.after(this.#dialler.patience, () => fail(1006));
    socket.onclose = ({ code }) => fail(code);
    socket.onmessage = ({ data }) => {
      const frame = parse(data);
      if (frame?.type !== 'welcome') return;
      this.#succeed(successor);
      this.#handleFrame(frame);
    };
  }

  #succeed({ socket, openedAt }: { readonly socket: Socket; readonly openedAt: number }): void {
    this.#cancelSuccession?.();
    this.#successor = null;
    this.#drop();
    this.#openedAt = openedAt;
    this.#take(socket);
  }

  #dropSuccessor(): void {
    this.#cancelSuccession?.();
    release(this.#successor?.socket ?? null);
    this.#successor = null;
  }

  #awaitWebSocket(): void {
    this.#dialler.awaitWebSocket(() => this.#move());
  }

  /** Throws when the browser refuses the first connection: it will refuse them all. A later one may only be delayed. */
  #connect(request: JoinRequest): Socket | null {
    try {
      return this.#dialler.open(request);
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
    this.#isHeard = false;
    this.#dropSuccessor();
    release(socket);
  }

  #handleFrame(frame: ServerFrame | null): void {
    if (!frame) return;
    if (!this.#isHeard) this.#dialler.handleHeard();
    this.#isHeard = true;
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
        this.#awaitWebSocket();
        break;
    }
    // Nothing is of use before the welcome.
    if (this.#isOnline) this.#owner.handle(frame);
  }

  #handleClose(code: number): void {
    if (this.#successor) {
      // It has taken our place already, most likely, and its welcome is on the way.
      this.#succeed(this.#successor);
      return this.#owner.changed();
    }
    const error = this.#error;
    const comeBackAfter = this.#comeBackAfter;
    const isHeard = this.#isHeard;
    this.#drop();
    if (!isHeard && code === 1006 && this.#dialler.handleUnheard()) return this.open();
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

function parse(data: unknown): ServerFrame | null {
  return typeof data === 'string' ? parseFrame(data) : null;
}

function release(socket: Socket | null): void {
  if (!socket) return;
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = null;
  socket.close();
}
