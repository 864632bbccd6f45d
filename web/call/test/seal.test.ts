// docs/protocol.md §9, with the Web Cryptography API that browsers have, too.
import assert from 'node:assert/strict';
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { webCrypto } from '../src/browser.ts';
import { toBase64Url } from '../src/bytes.ts';
import { Sealer } from '../src/seal.ts';

const key = 'AAECAwQFBgcICQoLDA0ODw';
const place = { sender: 'alice', link: 'L', seq: 3 };
const message = { kind: 'media', audio: true, video: false };

test('what is sealed opens in its place', async () => {
  const sealer = await Sealer.create(webCrypto, 'abc', key);
  assert.deepEqual(await sealer.open(await sealer.seal(message, place), place), message);
});

test('what is sealed opens in no other place, room or key', async () => {
  const sealer = await Sealer.create(webCrypto, 'abc', key);
  const sealed = await sealer.seal(message, place);
  for (const other of [{ ...place, sender: 'bob' }, { ...place, link: 'M' }, { ...place, seq: 4 }]) {
    await assert.rejects(sealer.open(sealed, other));
  }
  await assert.rejects((await Sealer.create(webCrypto, 'abd', key)).open(sealed, place));
  await assert.rejects((await Sealer.create(webCrypto, 'abc', key.replace('E', 'F'))).open(sealed, place));
});

test('what was changed, cut short or never sealed does not open', async () => {
  const sealer = await Sealer.create(webCrypto, 'abc', key);
  const bytes = Buffer.from(await sealer.seal(message, place), 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Uint8Array.from(bytes);
    changed[at] = (changed[at] as number) ^ 1;
    await assert.rejects(sealer.open(toBase64Url(changed), place));
  }
  for (const data of ['', 'AAAA', toBase64Url(bytes.subarray(0, 20)), message, null, 7]) await assert.rejects(sealer.open(data, place));
});

test('the same message is never sealed to the same text twice', async () => {
  const sealer = await Sealer.create(webCrypto, 'abc', key);
  assert.notEqual(await sealer.seal(message, place), await sealer.seal(message, place));
});

test('the form is the one that the protocol says', async () => {
  const sealer = await Sealer.create(webCrypto, 'abc', key);
  const bytes = Buffer.from(await sealer.seal(message, place), 'base64url');
  const derived = Buffer.from(hkdfSync('sha256', Buffer.from(key, 'base64url'), 'abc', 'plntry/1 seal', 32));
  const decipher = createDecipheriv('aes-256-gcm', derived, bytes.subarray(0, 12));
  decipher.setAAD(Buffer.from('plntry/1\nabc\nalice\nL\n3'));
  decipher.setAuthTag(bytes.subarray(-16));
  const plain = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
  assert.deepEqual(JSON.parse(plain.toString()), message);
});
