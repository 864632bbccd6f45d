// docs/protocol.md §2, §5, §6: the connection to the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoomFrame } from '../src/signalling.ts';
import { Signalling } from '../src/signalling.ts';
import { TestEnvironment, welcome } from './support/environment.ts';

function open() {
  const environment = new TestEnvironment();
  const frames: RoomFrame[] = [];
  const endings: string[] = [];
  const signalling = new Signalling('wss://call.example/api/rooms/abc/join', environment, {
    joinRequest: (attempt) => ({ secret: 's', attempt }),
    handle: (frame) => frames.push(frame),
    changed: () => undefined,
    end: (reason) => endings.push(reason),
  });
  signalling.open();
  return { environment, signalling, frames, endings };
}

test('nothing is sent or handed on before the welcome', () => {
  const { environment, signalling, frames } = open();
  signalling.send('early');
  environment.socket.receive({ type: 'joined', id: 'a' });
  assert.deepEqual(environment.socket.sent, []);
  assert.deepEqual(frames, []);
  environment.socket.receive(welcome());
  signalling.send('now');
  assert.deepEqual(environment.socket.sent, ['now']);
  assert.equal(frames.length, 1);
});

test('between tries it waits 250 ms, doubling to at most 10 s', async () => {
  const { environment, signalling } = open();
  const waits: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    environment.socket.end(1006);
    assert.equal(signalling.trouble, 'server_unreachable');
    const wait = (signalling.nextTryAt ?? 0) - environment.now();
    waits.push(wait);
    await environment.clock.run(wait);
    assert.equal(environment.sockets.length, i + 2);
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});

test('a welcome starts the waiting times anew', async () => {
  const { environment, signalling } = open();
  environment.socket.end(1006);
  await environment.clock.run(250);
  environment.socket.end(1006);
  await environment.clock.run(500);
  environment.socket.receive(welcome());
  assert.equal(signalling.trouble, null);
  environment.socket.end(1006);
  assert.equal(signalling.nextTryAt, environment.now() + 250);
});

test('a connection that brings no welcome is given up after 10 s', async () => {
  const { environment } = open();
  const first = environment.socket;
  await environment.clock.run(10_250);
  assert.ok(first.isClosed);
  assert.equal(environment.sockets.length, 2);
});

test('after come_back it comes back when it was told to', () => {
  const { environment, signalling } = open();
  environment.socket.receive(welcome());
  environment.socket.receive({ type: 'come_back', after: 1500 });
  environment.socket.end(1012);
  assert.equal(signalling.trouble, 'server_restarting');
  assert.equal(signalling.nextTryAt, environment.now() + 1500);
});

test('a server that is full says when to try again', () => {
  const { environment, signalling } = open();
  environment.socket.receive({ type: 'error', code: 'server_full', text: 'Full.', retryAfter: 7000 });
  environment.socket.end(4008);
  assert.equal(signalling.trouble, 'server_full');
  assert.equal(signalling.nextTryAt, environment.now() + 7000);
});

test('an error that leaves the connection open says nothing about the next try', () => {
  const { environment, signalling } = open();
  environment.socket.receive(welcome());
  environment.socket.receive({ type: 'error', code: 'rate_limited', text: 'Slower.', retryAfter: 7000 });
  environment.socket.end(1006);
  assert.equal(signalling.nextTryAt, environment.now() + 250);
});

test('what can never succeed is not tried again', async () => {
  for (const [code, reason] of [[4000, 'bad_request'], [4001, 'unsupported_version'], [4002, 'room_full'], [4003, 'taken_over'], [1009, 'too_large'], [4009, 'room_name']] as const) {
    const { environment, endings } = open();
    environment.socket.end(code);
    await environment.clock.run(60_000);
    assert.deepEqual(endings, [reason]);
    assert.equal(environment.sockets.length, 1);
  }
});

test('a new connection replaces the old one, which is not heard any more', () => {
  const { environment, signalling, frames, endings } = open();
  const old = environment.socket;
  old.receive(welcome());
  signalling.open();
  assert.ok(old.isClosed);
  assert.equal(signalling.isOnline, false);
  old.receive({ type: 'joined', id: 'a' });
  old.end(4003);
  assert.equal(frames.length, 1);
  assert.deepEqual(endings, []);
  assert.equal(environment.socket.joinRequest['attempt'], 2);
});

test('leaving says so, and ends it for good', async () => {
  const { environment, signalling } = open();
  environment.socket.receive(welcome());
  signalling.leave();
  assert.deepEqual(environment.socket.sent, ['{"type":"leave"}']);
  signalling.open();
  await environment.clock.run(60_000);
  assert.equal(environment.sockets.length, 1);
});

test('what is not a frame is ignored', () => {
  const { environment, frames } = open();
  environment.socket.receive(welcome());
  environment.socket.onmessage?.({ data: new ArrayBuffer(3) });
  environment.socket.onmessage?.({ data: '{' });
  environment.socket.receive({ type: 'song' });
  assert.equal(frames.length, 1);
});
