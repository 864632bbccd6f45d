// The server: the real hub, in a process that can be killed and drained.

import type { VirtualClock } from '../../web/call/test/support/clock.ts';
import type { Effect, HubAddon } from './hub.ts';
import type { Connection, Listener } from './network.ts';

/** Where a connection comes from: people move, and the first of these is what STUN tells them (`ModelPeerConnection`). */
const addresses = ['192.0.2.1', '192.0.2.2'] as const;
const addressOf = ({ number }: Connection): string => addresses[number % 8 === 0 ? 1 : 0];

export class Server implements Listener {
  readonly #clock: VirtualClock;
  readonly #addon: HubAddon;
  readonly #config: object;
  #hub: unknown = null;
  readonly #connections = new Map<number, Connection>();
  #cancelDeadline: (() => void) | null = null;

  constructor(clock: VirtualClock, addon: HubAddon, config: object) {
    this.#clock = clock;
    this.#addon = addon;
    this.#config = config;
    this.start();
  }

  get isUp(): boolean {
    return this.#hub !== null;
  }

  /** Whether the hub still waits for something to time out. */
  get isIdle(): boolean {
    return this.#addon.nextDeadline(this.#hub) === null;
  }

  /** How many rooms, seats and connections there are. */
  get held(): number {
    return this.#addon.held(this.#hub);
  }

  /** A new process, without memory. */
  start(): void {
    if (this.isUp) return;
    this.#hub = this.#addon.createHub(JSON.stringify({ ...this.#config, started: this.#clock.now }));
  }

  /** `kill -9`. */
  kill(): void {
    this.#hub = null;
    this.#cancelDeadline?.();
    for (const connection of this.#connections.values()) connection.lose();
    this.#connections.clear();
  }

  drain(): void {
    if (this.isUp) this.#perform(this.#addon.drain(this.#hub, this.#now));
  }

  accepted(connection: Connection): void {
    this.#connections.set(connection.number, connection);
    this.#perform(this.#addon.join(this.#hub, connection.number, connection.room, connection.request, addressOf(connection), this.#now));
  }

  received({ number }: Connection, text: string): void {
    if (this.#connections.has(number)) this.#perform(this.#addon.frame(this.#hub, number, text, this.#now));
  }

  closed({ number }: Connection): void {
    if (this.#connections.delete(number)) this.#perform(this.#addon.closed(this.#hub, number, this.#now));
  }

  get #now(): number {
    return this.#clock.now;
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const connection = this.#connections.get(effect.conn);
      if (!connection) continue;
      if ('send' in effect) {
        connection.deliver(effect.send);
      } else {
        this.#connections.delete(effect.conn);
        connection.refuse(effect.close);
      }
    }
    this.#armDeadline();
  }

  #armDeadline(): void {
    this.#cancelDeadline?.();
    const deadline = this.#addon.nextDeadline(this.#hub);
    if (deadline === null) return;
    this.#cancelDeadline = this.#clock.after(deadline - this.#now, () => this.#perform(this.#addon.timeout(this.#hub, this.#now)));
  }
}
