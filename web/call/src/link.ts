// A link (docs/protocol.md §7, §8): the messages of one pair of participants, each delivered once and
// in order, sealed where the room has a key. Whose link it is, and whether a frame can be sent now,
// its owner decides in `transmit`.

import type { Environment, TraceEvent } from './environment.ts';
import type { Body, Message } from './protocol.ts';
import { isForLobby, parseMessage } from './protocol.ts';
import type { Sealer } from './seal.ts';
import { Overflow, Serial } from './serial.ts';
import type { Numbered } from './stream.ts';
import { Stream } from './stream.ts';

/** An acknowledgement waits this long for a message to travel with. */
const acknowledgeAfter = 20;

/** Why a link is given up. */
export type LinkFailure =
  /** A message is sealed with another key, or not sealed where it must be. */
  | 'key'
  /** More messages wait than may. */
  | 'overflow';

export interface LinkOwner {
  /** Sends the body now, or lets it be: it is sent again when the other side is back. `forLobby`: see `isForLobby`. */
  transmit(link: Link, body: Body, forLobby: boolean): void;
  deliver(message: Message): void;
  fail(failure: LinkFailure): void;
}

export interface LinkContext {
  readonly self: string;
  readonly sealer: Sealer | null;
  readonly environment: Environment;
}

export class Link {
  readonly id: string;
  readonly #context: LinkContext;
  readonly #owner: LinkOwner;
  readonly #stream: Stream;
  readonly #outgoing = new Serial(() => this.#owner.fail('overflow'));
  readonly #incoming = new Serial((error) => this.#owner.fail(error instanceof Overflow ? 'overflow' : 'key'));
  #cancelAcknowledgement: (() => void) | null = null;
  #isClosed = false;

  constructor({ id, made }: { readonly id: string; readonly made: boolean }, context: LinkContext, owner: LinkOwner) {
    this.id = id;
    this.#stream = new Stream({ made });
    this.#context = context;
    this.#owner = owner;
  }

  /** Number of the latest message. */
  get latest(): number {
    return this.#stream.next - 1;
  }

  /** Lowest number that is not withdrawn. */
  get base(): number {
    return this.#stream.base;
  }

  /** Messages leave in the order of these calls, also when one has still to be computed. */
  send(message: Message | Promise<Message>): void {
    this.#outgoing.run(async () => {
      const { self, sealer } = this.#context;
      const clear = await message;
      const place = { sender: self, link: this.id, seq: this.#stream.next };
      const data = sealer ? await sealer.seal(clear, place) : clear;
      if (this.#isClosed) return;
      const numbered = this.#stream.append(data, isForLobby(clear));
      if (!numbered) return this.#owner.fail('overflow');
      this.#trace('sent', numbered.seq, clear);
      this.#transmit(numbered);
    });
  }

  /** Takes back all that was sent, for as long as nobody has the link. */
  withdraw(): void {
    this.#outgoing.run(() => {
      this.#stream.withdraw();
      this.#trace('withdrawn', this.#stream.base);
    });
  }

  /** Sends everything unacknowledged again, at least an acknowledgement. */
  repeat(): void {
    for (const message of this.#stream.unacknowledged) this.#transmit(message);
    if (this.#stream.unacknowledged.length === 0) this.#acknowledge();
  }

  receive(from: string, body: Body): void {
    const isNext = this.#stream.receive(body);
    if (body.data === undefined) return;
    this.#cancelAcknowledgement ??= this.#context.environment.after(acknowledgeAfter, () => this.#acknowledge());
    if (!isNext) return;
    const place = { sender: from, link: this.id, seq: body.seq };
    const { sealer } = this.#context;
    this.#incoming.run(async () => {
      if (!sealer && typeof body.data === 'string') throw new TypeError('Sealed, and there is no key.');
      const clear = sealer ? await sealer.open(body.data, place) : body.data;
      if (this.#isClosed) return;
      this.#trace('delivered', body.seq, clear, from);
      const message = parseMessage(clear);
      if (message) this.#owner.deliver(message);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#trace('dropped', this.#stream.received);
    this.#outgoing.close();
    this.#incoming.close();
    this.#acknowledged();
  }

  #trace(what: TraceEvent['what'], seq: number, message?: unknown, sender = this.#context.self): void {
    this.#context.environment.trace({ what, link: this.id, sender, seq, message });
  }

  #transmit({ seq, data, forLobby }: Numbered): void {
    this.#acknowledged();
    const { base, received } = this.#stream;
    this.#owner.transmit(this, { link: this.id, seq, base, ack: received, data }, forLobby);
  }

  #acknowledge(): void {
    this.#acknowledged();
    this.#owner.transmit(this, { link: this.id, ack: this.#stream.received }, false);
  }

  #acknowledged(): void {
    this.#cancelAcknowledgement?.();
    this.#cancelAcknowledgement = null;
  }
}
