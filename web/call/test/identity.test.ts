// docs/protocol.md §1.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { webCrypto } from '../src/browser.ts';
import { createIdentity } from '../src/identity.ts';

test('a secret proves its id to whoever has never seen it', async () => {
  const { id, secret } = await createIdentity(webCrypto);
  assert.equal(secret.length, 43);
  assert.equal(id.length, 22);
  const hash = createHash('sha256').update('plntry participant\n').update(Buffer.from(secret, 'base64url')).digest();
  assert.equal(id, hash.subarray(0, 16).toString('base64url'));
});

test('no two identities are the same', async () => {
  const [one, other] = [await createIdentity(webCrypto), await createIdentity(webCrypto)];
  assert.notEqual(one.id, other.id);
});
