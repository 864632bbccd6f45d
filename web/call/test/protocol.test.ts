import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinProtocols, maxFactsBytes, parseBody, parseFrame, parseMessage, printHold, printLeave, printSend } from '../src/protocol.ts';

const welcome = {
  type: 'welcome',
  you: 'me',
  room: 'abc-defg-hij',
  resumed: false,
  capacity: 2,
  participants: [{ id: 'other', state: 'away', link: 'L', held: 3 }],
  hold: { link: 'H', seq: 4 },
  iceServers: [{ urls: ['stun:call.example:8080'] }],
};

test('the join request travels as a subprotocol, in characters that one may have', () => {
  const [version, join] = joinProtocols({ secret: 's', attempt: 1, resume: { known: ['a'] } });
  assert.equal(version, 'plntry.v1');
  assert.match(join ?? '', /^join\.[\w-]+$/);
  const request = Buffer.from((join ?? '').slice(5), 'base64url').toString();
  assert.deepEqual(JSON.parse(request), { secret: 's', attempt: 1, resume: { known: ['a'] } });
});

test('frames with a body have it on the lines after the header', () => {
  const body = { link: 'L', seq: 2, base: 1, ack: 0, data: { kind: 'x' } };
  assert.equal(printSend('b', body), `{"type":"send","to":"b"}\n${JSON.stringify(body)}`);
  assert.equal(printHold('L', 2, 1, body, false), `{"type":"hold","link":"L","seq":2,"base":1}\n${JSON.stringify(body)}`);
  assert.match(printHold('L', 2, 1, body, true), /^\{"type":"hold","link":"L","seq":2,"base":1,"lobby":true\}\n/);
  assert.equal(printLeave(), '{"type":"leave"}');
  assert.deepEqual(parseFrame('{"type":"message","from":"a"}\nline 1\nline 2'), { type: 'message', from: 'a', body: 'line 1\nline 2' });
});

test('a welcome is read whole; unknown fields are ignored', () => {
  const { room, iceServers, ...rest } = welcome;
  const read = { ...rest, ice: { servers: iceServers, lifetime: null, restart: false } };
  assert.deepEqual(parseFrame(JSON.stringify({ ...welcome, news: { of: ['later'] } })), read);
  assert.equal(room, 'abc-defg-hij');
});

test('ICE servers come with their lifetime', () => {
  const text = '{"type":"ice","iceServers":[{"urls":"stun:a"}],"iceLifetime":600,"iceRestart":true}';
  assert.deepEqual(parseFrame(text), { type: 'ice', ice: { servers: [{ urls: 'stun:a' }], lifetime: 600, restart: true } });
});

test('frames that are not as the protocol says are nothing', () => {
  const broken = [
    '',
    'x',
    '[]',
    'null',
    '{"type":7}',
    '{"type":"song"}',
    '{"type":"joined"}',
    '{"type":"message"}\nbody',
    '{"type":"come_back","after":"soon"}',
    '{"type":"error"}',
    '{"type":"ice","iceServers":{}}',
    JSON.stringify({ ...welcome, capacity: -1 }),
    JSON.stringify({ ...welcome, participants: [7] }),
    JSON.stringify({ ...welcome, participants: 'all' }),
  ];
  for (const text of broken) assert.equal(parseFrame(text), null, text);
});

test('a body with data needs a number of its own, and no lower than its base', () => {
  assert.deepEqual(parseBody('{"link":"L","ack":3}'), { link: 'L', ack: 3 });
  assert.deepEqual(parseBody('{"link":"L","seq":5,"base":5,"data":{}}'), { link: 'L', seq: 5, base: 5, data: {} });
  for (const text of [
    '{"ack":3}',
    '{"link":"L","data":{}}',
    '{"link":"L","data":{},"seq":0,"base":0}',
    '{"link":"L","data":{},"seq":1,"base":2}',
    '{"link":"L","data":{},"seq":1.5,"base":1}',
    '{"link":"L","data":{},"seq":1e99,"base":1}',
    '{"link":"LongerThanSixteen","ack":3}',
  ]) {
    assert.equal(parseBody(text), null, text);
  }
});

test('messages of unknown kinds, or of other shapes, are nothing', () => {
  for (const message of [
    null,
    'hello',
    { kind: 'song' },
    { kind: 'hello', name: 7, audio: true, video: true },
    { kind: 'media', audio: 'yes', video: true },
    { kind: 'description', id: 1, description: { type: 'rollback', sdp: '' } },
    { kind: 'description', id: 1, description: { type: 'offer' } },
    { kind: 'candidate', of: -1, candidate: null },
    { kind: 'candidate', of: 1 },
    { kind: 'reveal' },
  ]) {
    assert.equal(parseMessage(message), null, JSON.stringify(message));
  }
});

test('a name is cut after 64 characters, never inside one', () => {
  const message = parseMessage({ kind: 'hello', name: '🙂'.repeat(70), audio: true, video: false });
  assert.deepEqual(message, { kind: 'hello', name: '🙂'.repeat(64), audio: true, video: false });
});

// docs/protocol.md §10: the bound is of bytes, not of UTF-16.
test('facts of more than 2,048 bytes of UTF-8 are ignored', () => {
  const facts = (letter: string, count: number) => ({ kind: 'facts', facts: { text: letter.repeat(count) } });
  const around = JSON.stringify({ text: '' }).length;
  assert.ok(parseMessage(facts('x', maxFactsBytes - around)));
  assert.equal(parseMessage(facts('x', maxFactsBytes - around + 1)), null);
  assert.ok(parseMessage(facts('é', (maxFactsBytes - around) / 2)));
  assert.equal(parseMessage(facts('é', (maxFactsBytes - around) / 2 + 1)), null);
});
