// A connection opened while its person is still in the lobby (docs/protocol.md §2 `wait`). A new
// WebSocket costs two round trips, TCP and the upgrade; one that waits already joins with one.

import type { Environment, Socket } from './environment.ts';
import type { JoinRequest, ServerFrame } from './protocol.ts';
import { joinProtocols, parseFrame, printJoin } from './protocol.ts';

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
  readonly #request: JoinRequest;
  #socket: Socket | null;
  #isOpen = false;

  constructor(environment: Environment, url: string, request: JoinRequest, owner: EarlySocketOwner) {
    this.#request = request;
    const socket = environment.openSocket(url, joinProtocols({ ...request, wait: true }));
    this.#socket = socket;
    socket.onopen = () => (this.#isOpen = true);
    socket.onmessage = ({ data }) => {
      const frame = typeof data === 'string' ? parseFrame(data) : null;
      if (frame) owner.handle(frame);
    };
    socket.onclose = () => {
      this.#socket = null;
      owner.ended();
    };
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
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}
