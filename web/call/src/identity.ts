// Who this page is in a room (docs/protocol.md §1): a secret that only it knows, and the id that the
// secret proves.

import { concat, toBase64Url } from './bytes.ts';
import type { Crypto } from './environment.ts';

export interface Identity {
  /** Participant id, known to all. */
  readonly id: string;
  readonly secret: string;
}

export async function createIdentity(crypto: Crypto): Promise<Identity> {
  const secret = crypto.random(32);
  const hash = await crypto.sha256(concat('plntry participant\n', secret));
  return { id: toBase64Url(hash.subarray(0, 16)), secret: toBase64Url(secret) };
}
