// The code of words (docs/protocol.md §11): shows whether both browsers see each other's true
// certificates, in a room whose link carries no key. Each side commits to a nonce before it knows the
// other's, so that nobody in the middle can search for certificates that give the same words.

import { concat, fromBase64Url, toBase64Url } from './bytes.ts';
import type { Crypto } from './environment.ts';
import { words } from './words.ts';

/** As browsers write it (RFC 8122 §5). */
const fingerprintLine = /^a=fingerprint:(sha-\d{1,3} [0-9A-F]{2}(?::[0-9A-F]{2})*)\r?$/;

/**
 * `sha-256 AB:CD:…` as in the SDP; `null` unless all its certificates are one and the same. Browsers read
 * more forms of the line than they write: whatever may be such a form must be the one that is read here.
 */
export function fingerprintOf(sdp: string): string | null {
  const found = sdp.split('\n').flatMap((line) => fingerprintLine.exec(line)?.[1] ?? []);
  const [fingerprint] = found;
  const isOne = new Set(found).size === 1 && found.length === sdp.match(/fingerprint/gi)?.length;
  return isOne && fingerprint ? fingerprint : null;
}

export function commitment(crypto: Crypto, nonce: Uint8Array, link: string, id: string, fingerprint: string): Promise<Uint8Array> {
  return crypto.sha256(concat('plntry/1 commit\n', nonce, `\n${link}\n${id}\n${fingerprint}`));
}

/** What one side put in: known to both sides in the end. */
export interface Share {
  readonly id: string;
  readonly nonce: Uint8Array;
  readonly fingerprint: string;
}

export async function codeOfWords(crypto: Crypto, one: Share, other: Share): Promise<string[]> {
  const shares = one.id < other.id ? [one, other] : [other, one];
  const parts = shares.flatMap(({ id, nonce, fingerprint }) => [nonce, `${id}\n${fingerprint}\n`]);
  const hash = await crypto.sha256(concat('plntry/1 words\n', ...parts));
  return Array.from(hash.subarray(0, 4), (byte) => words[byte] as string);
}

/** One link's exchange of commitments and nonces. */
export class Verification {
  readonly #crypto: Crypto;
  readonly #link: string;
  readonly #self: string;
  readonly #nonce: Uint8Array;
  #ownFingerprint: string | null = null;
  #commit: string | null = null;
  #fingerprint: string | null = null;
  #revealed = false;

  constructor(crypto: Crypto, link: string, self: string) {
    this.#crypto = crypto;
    this.#link = link;
    this.#self = self;
    this.#nonce = crypto.random(32);
  }

  /** The commitment for our `hello`. */
  async commit(fingerprint: string): Promise<string> {
    this.#ownFingerprint = fingerprint;
    return toBase64Url(await commitment(this.#crypto, this.#nonce, this.#link, this.#self, fingerprint));
  }

  /** Whether the other side can no longer choose its nonce. */
  get isCommitted(): boolean {
    return this.#commit !== null;
  }

  /** The first commitment stands; a later `hello` needs none. */
  handleCommit(commit: string | undefined): void {
    this.#commit ??= commit ?? null;
  }

  handleFingerprint(fingerprint: string): void {
    this.#fingerprint ??= fingerprint;
  }

  /** Our nonce, once, as soon as the other side can no longer choose by it. */
  takeReveal(): string | null {
    if (this.#revealed || this.#commit === null || this.#fingerprint === null || this.#ownFingerprint === null) return null;
    this.#revealed = true;
    return toBase64Url(this.#nonce);
  }

  /** The words, or `null` when the other's nonce is not the one it committed to: someone is in the middle. */
  async handleReveal(id: string, revealed: string): Promise<readonly string[] | null> {
    const nonce = fromBase64Url(revealed);
    const fingerprint = this.#fingerprint;
    if (!nonce || fingerprint === null || this.#ownFingerprint === null) return null;
    const expected = await commitment(this.#crypto, nonce, this.#link, id, fingerprint);
    if (toBase64Url(expected) !== this.#commit) return null;
    const own = { id: this.#self, nonce: this.#nonce, fingerprint: this.#ownFingerprint };
    return codeOfWords(this.#crypto, own, { id, nonce, fingerprint });
  }
}
