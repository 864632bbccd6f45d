// Keeps account of every message on every link: delivered once, in order, unchanged, and none left out
// but what its sender withdrew.

import type { TraceEvent } from '../../web/call/src/environment.ts';

/** What one participant sent on one link. */
interface Outbox {
  /** The page that said the latest. */
  page: string;
  readonly sent: Map<number, string>;
  /** Everything below is withdrawn, unless it had arrived. */
  base: number;
}

export class Ledger {
  readonly violations: string[] = [];
  deliveries = 0;
  readonly #outboxes = new Map<string, Outbox>();
  /** Highest number that each receiver got of each outbox. */
  readonly #delivered = new Map<string, number>();
  /** Pages that have said anything on a link: who was only shown it in the lobby may let go of it, and take it up again. */
  readonly #spoke = new Set<string>();
  /** The pages that have a link now. */
  readonly #ends = new Map<string, Set<string>>();

  record(page: string, { what, link, sender, seq, message }: TraceEvent): void {
    const ends = this.#ends.get(link) ?? new Set();
    this.#ends.set(link, ends);
    if (what === 'dropped') return this.#drop(ends, page, link);
    ends.add(page);
    const outbox = this.#outbox(link, sender);
    if (what === 'withdrawn') outbox.base = seq;
    else if (what === 'sent') this.#send(outbox, { page, link, seq, message });
    else this.#deliver(outbox, { page, link, sender, seq, message });
  }

  /** A page ended without a word. */
  forget(page: string): void {
    for (const ends of this.#ends.values()) ends.delete(page);
  }

  /** That nothing is on its way any more: all that was sent on a link with two ends has arrived at both. */
  checkComplete(): void {
    for (const [link, ends] of this.#ends) {
      if (ends.size > 2) this.violations.push(`link ${link} is of ${[...ends].join(', ')}`);
      if (ends.size !== 2) continue;
      for (const [from, to] of [[...ends], [...ends].reverse()] as [string, string][]) this.#checkDelivered(link, from, to);
    }
  }

  #checkDelivered(link: string, from: string, to: string): void {
    for (const [key, { page, sent, base }] of this.#outboxes) {
      const [of, sender = ''] = key.split(' ');
      const latest = Math.max(base - 1, ...sent.keys());
      const delivered = this.#delivered.get(`${link} ${sender} ${to}`) ?? base - 1;
      if (of === link && page === from && delivered !== latest) {
        this.violations.push(`link ${link}: ${to} has ${delivered} of ${latest} messages`);
      }
    }
  }

  #send(outbox: Outbox, { page, link, seq, message }: Pick<TraceEvent, 'link' | 'seq' | 'message'> & { readonly page: string }): void {
    this.#spoke.add(`${link} ${page}`);
    outbox.page = page;
    outbox.sent.set(seq, JSON.stringify(message));
  }

  #drop(ends: Set<string>, page: string, link: string): void {
    ends.delete(page);
    if (this.#spoke.has(`${link} ${page}`)) return;
    for (const key of this.#delivered.keys()) {
      if (key.startsWith(`${link} `) && key.endsWith(` ${page}`)) this.#delivered.delete(key);
    }
  }

  #deliver(outbox: Outbox, { page, link, sender, seq, message }: Omit<TraceEvent, 'what'> & { readonly page: string }): void {
    this.deliveries += 1;
    const key = `${link} ${sender} ${page}`;
    const delivered = this.#delivered.get(key) ?? 0;
    const where = `link ${link}, message ${seq} to ${page}`;
    if (outbox.sent.get(seq) !== JSON.stringify(message)) this.violations.push(`${where} is not what was sent`);
    if (seq <= delivered) this.violations.push(`${where} came again, or out of order`);
    for (let skipped = Math.max(delivered + 1, outbox.base); skipped < seq; skipped += 1) {
      this.violations.push(`${where} left out ${skipped}`);
    }
    this.#delivered.set(key, seq);
  }

  #outbox(link: string, sender: string): Outbox {
    const key = `${link} ${sender}`;
    let outbox = this.#outboxes.get(key);
    if (!outbox) this.#outboxes.set(key, (outbox = { page: '', sent: new Map(), base: 1 }));
    return outbox;
  }
}
