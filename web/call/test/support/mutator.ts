// Variants of what is well formed, from a seed.
import { Prng } from './prng.ts';

const kOdd: readonly unknown[] = [
  null, true, false, 0, 1, -1, 1.5, 2 ** 53, 1e308, '', 'x', '\n', '\u0000', '\ud800', 'sha-256', 'x'.repeat(5_000), [], {}, [[]], [null],
  { urls: [] }, ['udp', 'udp', 7], JSON.parse('{"__proto__":{"kind":"hello"}}'), JSON.parse('{"length":9}'),
];
const kCharacters = ['', '\n', '\r', '\u0000', '\u2028', '\ud83d', '"', '\\', '{', ']', ':', '/', '#', '%', '%zz', ' ', 'A', '9', '-', 'é'];

export class Mutator {
  readonly #prng: Prng;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
  }

  /** Up to three places of it replaced, left out or said twice. */
  text(sample: string): string {
    let text = sample;
    for (let i = this.#prng.integer(0, 3); i > 0; i -= 1) {
      const at = this.#prng.integer(0, text.length);
      const end = at + this.#prng.integer(0, 4);
      const put = this.#prng.chance(0.3) ? text.slice(at, end).repeat(2) : this.#prng.pick(kCharacters);
      text = text.slice(0, at) + put + text.slice(end);
    }
    return text;
  }

  /** Up to two members, at any depth, replaced by something odd or left out. */
  value(sample: object): unknown {
    const copy = structuredClone(sample);
    for (let i = this.#prng.integer(0, 2); i > 0; i -= 1) this.#spoil(copy as Record<string, unknown>);
    return this.#prng.chance(0.01) ? this.#prng.pick(kOdd) : copy;
  }

  /** In pieces, empty ones among them. */
  cut(text: string): string[] {
    const pieces = [];
    for (let at = 0; at < text.length;) {
      const end = at + this.#prng.integer(0, 12);
      pieces.push(text.slice(at, end));
      at = end;
    }
    return pieces;
  }

  #spoil(object: Record<string, unknown>): void {
    const key = this.#prng.pick(Object.keys(object));
    const inside = object[key];
    if (typeof inside === 'object' && inside !== null && Object.keys(inside).length > 0 && this.#prng.chance(0.6)) {
      return this.#spoil(inside as Record<string, unknown>);
    }
    if (this.#prng.chance(0.2)) delete object[key];
    else object[key] = this.#prng.pick(kOdd);
  }
}
