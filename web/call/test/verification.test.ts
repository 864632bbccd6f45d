// docs/protocol.md §11.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { webCrypto } from '../src/browser.ts';
import { fingerprintOf, Verification } from '../src/verification.ts';
import { words } from '../src/words.ts';

const alicesPrint = 'sha-256 AA:AA';
const bobsPrint = 'sha-256 BB:BB';

/** Two sides that have each other's commitment and see these certificates. */
async function meet({ seenByAlice = bobsPrint, seenByBob = alicesPrint } = {}) {
  const alice = new Verification(webCrypto, 'L', 'alice');
  const bob = new Verification(webCrypto, 'L', 'bob');
  alice.handleCommit(await bob.commit(bobsPrint));
  bob.handleCommit(await alice.commit(alicesPrint));
  alice.handleFingerprint(seenByAlice);
  bob.handleFingerprint(seenByBob);
  return { alice, bob };
}

test('both sides get the same four words', async () => {
  const { alice, bob } = await meet();
  const [fromAlice, fromBob] = [alice.takeReveal() ?? '', bob.takeReveal() ?? ''];
  const heard = await alice.handleReveal('bob', fromBob);
  assert.equal(heard?.length, 4);
  assert.deepEqual(await bob.handleReveal('alice', fromAlice), heard);
  assert.ok(heard?.every((word) => words.includes(word)));
});

test('other certificates than those that were committed to are noticed', async () => {
  const { alice, bob } = await meet({ seenByAlice: 'sha-256 EE:EE' });
  assert.equal(await alice.handleReveal('bob', bob.takeReveal() ?? ''), null);
});

test('another nonce than the one that was committed to is noticed', async () => {
  const { alice } = await meet();
  for (const nonce of ['', 'AAAA', '!', 'A'.repeat(43)]) assert.equal(await alice.handleReveal('bob', nonce), null, nonce);
});

test('a second commitment does not replace the first', async () => {
  const { alice, bob } = await meet();
  const mallory = new Verification(webCrypto, 'L', 'bob');
  alice.handleCommit(await mallory.commit(bobsPrint));
  assert.equal(await alice.handleReveal('bob', mallory.takeReveal() ?? 'AAAA'), null);
  assert.notEqual(await alice.handleReveal('bob', bob.takeReveal() ?? ''), null);
});

test('a nonce is revealed once, and not before the other side is bound', async () => {
  const alice = new Verification(webCrypto, 'L', 'alice');
  const bob = new Verification(webCrypto, 'L', 'bob');
  await alice.commit(alicesPrint);
  assert.equal(alice.takeReveal(), null);
  alice.handleFingerprint(bobsPrint);
  assert.equal(alice.takeReveal(), null, 'bob could still choose his nonce');
  alice.handleCommit(await bob.commit(bobsPrint));
  assert.notEqual(alice.takeReveal(), null);
  assert.equal(alice.takeReveal(), null);
});

test('a description counts only if all its certificates are one', () => {
  const line = (print: string) => `a=fingerprint:${print}\r\n`;
  assert.equal(fingerprintOf(`v=0\r\n${line(alicesPrint)}m=audio\r\n${line(alicesPrint)}`), alicesPrint);
  assert.equal(fingerprintOf(`v=0\r\n${line(alicesPrint)}m=audio\r\n${line(bobsPrint)}`), null);
  assert.equal(fingerprintOf('v=0\r\n'), null);
});

test('a certificate in a form that only browsers read makes a description untrusted', () => {
  const line = `a=fingerprint:${alicesPrint}\r\n`;
  for (const form of ['A=fingerprint:', 'a=FINGERPRINT:', ' a=fingerprint:', 'a= fingerprint:', 'a=fingerprint :', 'a=fingerprint: ']) {
    assert.equal(fingerprintOf(`v=0\r\n${line}m=audio\r\n${form}${bobsPrint}\r\n`), null, form);
  }
  for (const print of ['SHA-256 BB:BB', 'sha-256 bb:bb', 'sha-256  BB:BB', 'sha-256 BB:BB ', 'sha-256\tBB:BB', '']) {
    assert.equal(fingerprintOf(`v=0\r\na=fingerprint:${print}\r\n`), null, print);
  }
  assert.equal(fingerprintOf(`v=0\na=fingerprint:${alicesPrint}\n`), alicesPrint);
  // To JavaScript these end a line, too; to a browser they are part of one.
  assert.equal(fingerprintOf(`v=0\r\ns=x\u2028${line}`), null);
});

test('there is a word for each byte, and no two alike', () => {
  assert.equal(new Set(words).size, 256);
  assert.ok(words.every((word) => /^[a-z]{3,10}$/.test(word)));
});

test('the list is that of the protocol', () => {
  const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
  const [, appendix = ''] = page.split('## Appendix: the words');
  assert.deepEqual(/```text\n([^`]*)```/.exec(appendix)?.[1]?.trim().split(/\s+/), words);
});
