// node's synchronous ciphers: the same bytes as a browser's, and nothing to wait for.

import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync } from 'node:crypto';
import type { Crypto } from '../../src/environment.ts';
import type { Prng } from './prng.ts';

export function synchronousCrypto(random: Prng): Crypto {
  return {
    random: (length) => random.bytes(length),
    sha256: async (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
    async deriveCipher(input, salt, info) {
      const key = createSecretKey(new Uint8Array(hkdfSync('sha256', input, salt, info, 32)));
      return {
        async encrypt(iv, plaintext, additional) {
          const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(additional);
          return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
        },
        async decrypt(iv, ciphertext, additional) {
          const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(additional);
          decipher.setAuthTag(ciphertext.subarray(-16));
          return Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()]);
        },
      };
    },
  };
}
