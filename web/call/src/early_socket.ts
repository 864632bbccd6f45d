// A connection opened while its person is still in the lobby (docs/protocol.md §2 `wait`). A new
// WebSocket costs two round trips, TCP and the upgrade; one that waits already joins with one.

import type { Environment, Socket } from './environment.ts';
import type { JoinRequest } from './protocol.ts';
import { joinProtocols, printJoin } from './protocol.ts';

export class EarlySocket {
  readonly #request: JoinRequest;
  #socket: Socket | null;
  #isOpen = false;

  constructor(environment: Environment, url: string, request: JoinRequest) {
    this.#request = request;
    const socket = environment.openSocket(url, joinProtocols({ ...request, wait: true }));
    this.#socket = socket;
    socket.onopen = () => (this.#isOpen = true);
    socket.onclose = () => (this.#socket = null);
  }

  /**
   * The connection, on its way into the room; `null` when it is of no use: ended, or opened for another
   * request. Either way it is not ours any more.
   */
  take(request: JoinRequest): Socket | null {
    const socket = this.#socket;
    if (!socket || JSON.stringify(request) !== JSON.stringify(this.#request)) {
      this.close();
      return null;
    }
    this.#socket = null;
    socket.onclose = null;
    const join = () => socket.send(printJoin());
    socket.onopen = join;
    if (this.#isOpen) join();
    return socket;
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = null;
    socket.onclose = null;
    socket.close();
  }
}
