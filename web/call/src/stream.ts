// One direction each way of a link (docs/protocol.md §8): numbers, acknowledgements, repetition. Pure.
//
// A message stays here until the other browser has acknowledged it. Whatever lies between may forget
// everything; whoever learns that something was forgotten calls `unacknowledged` and sends it again.

import { utf8Length } from './bytes.ts';
import type { Body } from './protocol.ts';

export const maxUnacknowledged = 256;
export const maxUnacknowledgedBytes = 1 << 20;

export interface Numbered {
  readonly seq: number;
  /** The message's JSON, or its sealed form. */
  readonly data: unknown;
  readonly bytes: number;
  /** Whether it may be shown in the lobby while the link is held (§4). */
  readonly forLobby: boolean;
}

export class Stream {
  readonly #mayBeWithdrawn: boolean;
  #next = 1;
  #base = 1;
  #kept: Numbered[] = [];
  #keptBytes = 0;
  #received = 0;

  /** Only who made the link withdraws messages, while it holds it; from anyone else a higher base is not to be believed. */
  constructor({ made }: { readonly made: boolean }) {
    this.#mayBeWithdrawn = !made;
  }

  /** Number that the next message will have. */
  get next(): number {
    return this.#next;
  }

  /** Lowest number that is not withdrawn. */
  get base(): number {
    return this.#base;
  }

  /** Highest number received in order. */
  get received(): number {
    return this.#received;
  }

  get unacknowledged(): readonly Numbered[] {
    return this.#kept;
  }

  /** `null` when more would wait than may: the link has failed. */
  append(data: unknown, forLobby = false): Numbered | null {
    const bytes = utf8Length(JSON.stringify(data));
    if (this.#kept.length >= maxUnacknowledged || this.#keptBytes + bytes > maxUnacknowledgedBytes) return null;
    const message = { seq: this.#next, data, bytes, forLobby };
    this.#next += 1;
    this.#kept.push(message);
    this.#keptBytes += bytes;
    return message;
  }

  /** Takes back every message: the receiver will go on with the next one. */
  withdraw(): void {
    this.#base = this.#next;
    this.#keep([]);
  }

  /** Takes the acknowledgement, and says whether the body's message is the next one. */
  receive(body: Body): boolean {
    if (body.ack !== undefined) {
      const ack = body.ack;
      if (ack < this.#next && this.#kept.some(({ seq }) => seq <= ack)) this.#keep(this.#kept.filter(({ seq }) => seq > ack));
    }
    if (body.data === undefined) return false;
    const base = this.#mayBeWithdrawn ? body.base : 1;
    if (body.seq !== Math.max(this.#received + 1, base)) return false;
    this.#received = body.seq;
    return true;
  }

  #keep(messages: Numbered[]): void {
    this.#kept = messages;
    this.#keptBytes = messages.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
