import assert from 'node:assert/strict';
import { test } from 'node:test';
import { webCrypto } from '../src/browser.ts';
import { canonicalRoomName, formatRoomLink, newRoomLink, parseRoomLink, randomRoomName } from '../src/room_name.ts';

const key = 'AAECAwQFBgcICQoLDA0ODw';

test('what a person types becomes a canonical room name', () => {
  assert.equal(canonicalRoomName(' Team  Meeting_1 '), 'team-meeting-1');
  assert.equal(canonicalRoomName('--abc--'), 'abc');
  assert.equal(canonicalRoomName('\u2003_a \u00a0-_b-\n'), 'a-b');
  assert.equal(canonicalRoomName('ABC-defg'), 'abc-defg');
});

test('what cannot be a room name is refused', () => {
  for (const typed of ['', 'ab', 'a'.repeat(65), 'straße', 'a/b/c', '---', 'room?']) {
    assert.equal(canonicalRoomName(typed), null, typed);
  }
});

test('a fresh room name has the form abc-defg-hij', () => {
  for (let i = 0; i < 100; i += 1) assert.match(randomRoomName(webCrypto.random), /^[a-km-np-z]{3}-[a-km-np-z]{4}-[a-km-np-z]{3}$/);
});

test('random bytes that would favour some letters are drawn again', () => {
  const draws = [new Uint8Array(10).fill(255), new Uint8Array(10).fill(0)];
  assert.equal(randomRoomName(() => draws.shift() as Uint8Array), 'aaa-aaaa-aaa');
});

test('a link and its text are the same', () => {
  const link = newRoomLink('https://call.example', webCrypto.random);
  assert.deepEqual(parseRoomLink(formatRoomLink(link)), link);
  assert.deepEqual(parseRoomLink('http://localhost:8080/Team-Room/'), { origin: 'http://localhost:8080', room: 'team-room', key: null });
});

test('a link with a mutilated key leads nowhere: there is no falling back to a call without one', () => {
  assert.equal(parseRoomLink(`https://call.example/abc-defg-hij#${key}`)?.key, key);
  assert.equal(parseRoomLink(`https://call.example/abc-defg-hij#${key.slice(1)}`), null);
  assert.equal(parseRoomLink(`https://call.example/abc-defg-hij#${key}!`), null);
  // 22 characters hold 132 bits: the last four must be zero, or two texts would be one key.
  assert.equal(parseRoomLink(`https://call.example/abc-defg-hij#${key.slice(0, -1)}x`), null);
});

test('what is no link leads nowhere', () => {
  for (const address of ['', 'abc-defg-hij', 'ftp://call.example/abc', 'https://call.example/', 'https://call.example/a/b', 'https://call.example/%ff%fe%fd']) {
    assert.equal(parseRoomLink(address), null, address);
  }
});
