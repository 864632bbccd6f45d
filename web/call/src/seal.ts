// Sealing with the room's key (docs/protocol.md §9): AES-256-GCM, bound to room, sender, link and
// number, so that nobody can read a message, change it, or move it to another place.

import { concat, fromBase64Url, toBase64Url } from './bytes.ts';
import type { Cipher, Crypto } from './environment.ts';

const ivBytes = 12;

/** Where a message stands. Sealed in one place, it opens in no other. */
export interface Place {
  readonly sender: string;
  readonly link: string;
  readonly seq: number;
}

export class Sealer {
  readonly #crypto: Crypto;
  readonly #cipher: Cipher;
  readonly #room: string;

  private constructor(crypto: Crypto, cipher: Cipher, room: string) {
    this.#crypto = crypto;
    this.#cipher = cipher;
    this.#room = room;
  }

  /** `key`: the 22 characters from the link. */
  static async create(crypto: Crypto, room: string, key: string): Promise<Sealer> {
    const input = fromBase64Url(key);
    if (!input) throw new TypeError('The key of a room is base64url.');
    return new Sealer(crypto, await crypto.deriveCipher(input, concat(room), concat('plntry/1 seal')), room);
  }

  async seal(message: unknown, place: Place): Promise<string> {
    const iv = this.#crypto.random(ivBytes);
    const sealed = await this.#cipher.encrypt(iv, concat(JSON.stringify(message)), this.#additional(place));
    return toBase64Url(concat(iv, sealed));
  }

  /** Rejects when `data` was not sealed with this key for this place. */
  async open(data: unknown, place: Place): Promise<unknown> {
    const bytes = typeof data === 'string' ? fromBase64Url(data) : null;
    if (!bytes) throw new TypeError('Not a sealed message.');
    const [iv, ciphertext] = [bytes.subarray(0, ivBytes), bytes.subarray(ivBytes)];
    return JSON.parse(new TextDecoder().decode(await this.#cipher.decrypt(iv, ciphertext, this.#additional(place))));
  }

  #additional({ sender, link, seq }: Place): Uint8Array {
    return concat(`plntry/1\n${this.#room}\n${sender}\n${link}\n${seq}`);
  }
}
