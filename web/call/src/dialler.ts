// By which way the server is reached (docs/protocol.md §12): a WebSocket, or plain HTTP where none gets through. What
// worked last is tried first, and when nothing is heard on it, the other one at once.

import { toBase64Url } from './bytes.ts';
import type { Environment, Socket } from './environment.ts';
import { EventSocket } from './event_socket.ts';
import type { JoinRequest } from './protocol.ts';
import { joinProtocols, printLeave } from './protocol.ts';
import type { RoomLink } from './types.ts';

export type Way = 'websocket' | 'events';

/** A connection that nothing has been heard on for this long is given up … */
const patience = 10_000;
/** … or, while there is another way that may do better, for this long. */
const shortPatience = 3_000;
/** On the second way, the first one is tried after this time, then after twice as long each. */
const firstTrial = 30_000;
const lastTrial = 600_000;

export class Dialler {
  readonly #environment: Environment;
  readonly #link: RoomLink;
  /** What worked last. */
  #first: Way = 'websocket';
  #hasWorked = false;
  /** Of the connection opened last. */
  #way: Way = 'websocket';
  #trial = firstTrial;
  #cancelTrial: (() => void) | null = null;

  constructor(environment: Environment, link: RoomLink) {
    this.#environment = environment;
    this.#link = link;
  }

  get way(): Way {
    return this.#way;
  }

  /** Milliseconds within which the server is to be heard on a new connection. */
  get patience(): number {
    return this.#way === 'websocket' && !this.#hasWorked ? shortPatience : patience;
  }

  /** Throws when the browser refuses. */
  open(request: JoinRequest): Socket {
    return this.#open(this.#way, request);
  }

  /** The server was heard on the connection opened last. */
  handleHeard(): void {
    this.#first = this.#way;
    this.#hasWorked = true;
  }

  /** It was not. Whether there is another way, to be tried at once. */
  handleUnheard(): boolean {
    const isFirst = this.#way === this.#first;
    this.#way = isFirst ? other(this.#first) : this.#first;
    return isFirst;
  }

  /** Another network: nothing is known of it. */
  handleNetworkChange(): void {
    this.#prefer('websocket');
    this.#hasWorked = false;
    this.#trial = firstTrial;
  }

  /** While there is no WebSocket: calls back, once, when they have begun to get through. */
  awaitWebSocket(callback: () => void): void {
    this.stopWaiting();
    if (this.#way === 'websocket') return;
    this.#cancelTrial = this.#environment.after(this.#trial, () => {
      this.#trial = Math.min(2 * this.#trial, lastTrial);
      this.#try((works) => {
        if (!works) return this.awaitWebSocket(callback);
        this.#prefer('websocket');
        callback();
      });
    });
  }

  stopWaiting(): void {
    this.#cancelTrial?.();
    this.#cancelTrial = null;
  }

  /** A stranger knocks, and goes again without having joined: the server's goodbye shows that frames pass both ways. */
  #try(callback: (works: boolean) => void): void {
    const stranger = toBase64Url(this.#environment.crypto.random(32));
    let socket: Socket;
    try {
      socket = this.#open('websocket', { secret: stranger, attempt: 1, wait: true });
    } catch {
      return callback(false);
    }
    const release = () => {
      cancel();
      socket.onopen = null;
      socket.onclose = null;
      socket.close();
    };
    const end = (works: boolean) => {
      this.#cancelTrial = null;
      release();
      callback(works);
    };
    const cancel = this.#environment.after(patience, () => end(false));
    this.#cancelTrial = release;
    socket.onopen = () => socket.send(printLeave());
    socket.onclose = ({ code }) => end(code === 1000);
  }

  #prefer(way: Way): void {
    this.#first = way;
    this.#way = way;
  }

  #open(way: Way, request: JoinRequest): Socket {
    const { origin, room } = this.#link;
    const protocols = joinProtocols(request);
    if (way === 'events') return new EventSocket(this.#environment, origin, room, protocols);
    return this.#environment.openSocket(`${origin.replace(/^http/, 'ws')}/api/rooms/${room}/join`, protocols);
  }
}

function other(way: Way): Way {
  return way === 'websocket' ? 'events' : 'websocket';
}
