// A connection opened while its person is still in the lobby (docs/protocol.md §2 `wait`). A new
// WebSocket costs two round trips, TCP and the upgrade; one that waits already joins with one.

import type { Dialler } from './dialler.ts';
import type { Environment, Socket } from './environment.ts';
import type { JoinRequest, ServerFrame } from './protocol.ts';
import { parseFrame, printJoin } from './protocol.ts';

export interface EarlySocketOwner {
  handle(frame: ServerFrame): void;
  /** The connection ended: what it told is not kept up to date any more. */
  ended(): void;
}

/** A connection on its way into the room. `hasJoined`: what is sent from now on arrives after the join. */
export interface Entering {
  readonly socket: Socket;
  readonly hasJoined: boolean;
}

export class EarlySocket {
  readonly #environment: Environment;
  readonly #dialler: Dialler;
  readonly #request: JoinRequest;
  readonly #owner: EarlySocketOwner;
  #socket: Socket | null = null;
  #isOpen = false;
  #cancelPatience: (() => void) | null = null;

  constructor(environment: Environment, dialler: Dialler, request: JoinRequest, owner: EarlySocketOwner) {
    this.#environment = environment;
    this.#dialler = dialler;
    this.#request = request;
    this.#owner = owner;
    this.#open();
  }

  /**
   * Sends the connection into the room; `null` when it is of no use: ended, or opened for another request.
   * Either way it is not ours any more.
   */
  take(request: JoinRequest): Entering | null {
    const socket = this.#socket;
    if (!socket || JSON.stringify(request) !== JSON.stringify(this.#request)) {
      this.close();
      return null;
    }
    this.#socket = null;
    this.#cancelPatience?.();
    socket.onmessage = null;
    socket.onclose = null;
    const join = () => socket.send(printJoin());
    socket.onopen = join;
    if (this.#isOpen) join();
    return { socket, hasJoined: this.#isOpen };
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#cancelPatience?.();
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  /** The server has something to say to whoever waits: where nothing comes, nothing gets through. */
  #open(): void {
    const socket = this.#dialler.open({ ...this.#request, wait: true });
    let isHeard = false;
    const end = () => {
      this.close();
      if (!isHeard && this.#dialler.handleUnheard()) this.#open();
      else this.#owner.ended();
    };
    this.#socket = socket;
    this.#isOpen = false;
    this.#cancelPatience = this.#environment.after(this.#dialler.patience, end);
    socket.onopen = () => (this.#isOpen = true);
    socket.onclose = end;
    socket.onmessage = ({ data }) => {
      const frame = typeof data === 'string' ? parseFrame(data) : null;
      if (!frame) return;
      if (!isHeard) this.#dialler.handleHeard();
      isHeard = true;
      this.#cancelPatience?.();
      this.#owner.handle(frame);
    };
  }
}
