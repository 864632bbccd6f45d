// docs/protocol.md §2, §5, §6: the connection to the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dialler } from '../src/dialler.ts';
import type { Silence } from '../src/path_watch.ts';
import type { RoomFrame } from '../src/signalling.ts';
import { Signalling } from '../src/signalling.ts';
import { TestEnvironment, welcome } from './support/environment.ts';

/** Nobody answers, by whichever way. */
function refuse(environment: TestEnvironment): void {
  environment.socket.end(1006);
  environment.lastPost.fail();
}

function open() {
  const environment = new TestEnvironment();
  const frames: RoomFrame[] = [];
  const endings: string[] = [];
  const dialler = new Dialler(environment, { origin: 'https://call.example', room: 'abc', key: null });
  const signalling = new Signalling(dialler, environment, {
    joinRequest: (attempt) => ({ secret: 's', attempt }),
    handle: (frame) => frames.push(frame),
    changed: () => undefined,
    end: (reason) => endings.push(reason),
  });
  signalling.open();
  return { environment, dialler, signalling, frames, endings };
}

/** Welcomed ten seconds ago: whatever silence there is, the connection is older. */
async function openForLong() {
  const page = open();
  const first = page.environment.socket;
  first.receive(welcome());
  await page.environment.clock.run(10_000);
  return { ...page, first };
}

const certain = (lasts: number): Silence => ({ lasts, isCertain: true });
const unusual = (lasts: number): Silence => ({ lasts, isCertain: false });

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
    refuse(environment);
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
  refuse(environment);
  await environment.clock.run(250);
  refuse(environment);
  await environment.clock.run(500);
  environment.socket.receive(welcome());
  assert.equal(signalling.trouble, null);
  environment.socket.end(1006);
  assert.equal(signalling.nextTryAt, environment.now() + 250);
});

test('a connection that brings nothing is given up: a WebSocket soon, as long as none has worked, then plain HTTP after 10 s', async () => {
  const { environment } = open();
  const first = environment.socket;
  await environment.clock.run(3_000);
  assert.ok(first.isClosed);
  assert.equal(environment.posts.length, 1);
  await environment.clock.run(10_250);
  assert.ok(environment.lastPost.isAborted);
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

// §12

test('a connection that may be dead is used until another one is welcomed', async () => {
  const { environment, signalling, frames } = open();
  const first = environment.socket;
  first.receive(welcome());
  signalling.renew(certain(0));
  signalling.renew(certain(0));
  const second = environment.socket;
  assert.equal(environment.sockets.length, 2, 'one successor at a time');
  signalling.send('meanwhile');
  assert.deepEqual(first.sent, ['meanwhile']);
  assert.ok(signalling.isOnline);
  second.receive(welcome());
  assert.ok(first.isClosed);
  signalling.send('now');
  assert.deepEqual(second.sent, ['now']);
  assert.equal(frames.filter(({ type }) => type === 'welcome').length, 2);
  await environment.clock.run(60_000);
  assert.equal(environment.sockets.length, 2);
});

test('when no other one comes up, the present one is given up', async () => {
  const { environment, signalling } = open();
  environment.socket.receive(welcome());
  signalling.renew(certain(0));
  environment.socket.end(1006);
  assert.equal(signalling.isOnline, false);
  assert.equal(environment.sockets.length, 3);
});

test('when the server wants no other one, the present one goes on', () => {
  const { environment, signalling } = open();
  const first = environment.socket;
  first.receive(welcome());
  signalling.renew(certain(0));
  environment.socket.end(4007);
  assert.ok(signalling.isOnline);
  assert.ok(!first.isClosed);
});

test('one that was opened in the silence is not opened again at once, but when the silence goes on', async () => {
  const { environment, signalling } = await openForLong();
  signalling.renew(unusual(150));
  await environment.clock.run(100);
  environment.socket.receive(welcome());
  await environment.clock.run(50);
  signalling.renew(certain(300));
  assert.equal(environment.sockets.length, 2);
  await environment.clock.run(3_000);
  signalling.renew(certain(3_300));
  assert.equal(environment.sockets.length, 3);
});

test('on suspicion alone the present one is not given up', async () => {
  const { environment, signalling, first } = await openForLong();
  signalling.renew(unusual(150));
  environment.socket.end(1006);
  assert.ok(signalling.isOnline && !first.isClosed);

  signalling.renew(unusual(150));
  signalling.renew(certain(300));
  environment.socket.end(1006);
  assert.ok(first.isClosed, 'by now it is certain');
});

test('what two silences say of the present one: the more certain holds, until it ends', async () => {
  const { environment, signalling } = await openForLong();
  signalling.renew(certain(300));
  signalling.renew(unusual(150));
  environment.socket.end(1006);
  assert.equal(signalling.isOnline, false, 'it is given up');

  environment.socket.receive(welcome());
  await environment.clock.run(10_000);
  signalling.renew(certain(300));
  signalling.renew({ lasts: 0, isCertain: false });
  environment.socket.end(1006);
  assert.ok(signalling.isOnline, 'it carries again');
});

test('one that does not come up is tried afresh when the silence goes on', async () => {
  const { environment, signalling } = await openForLong();
  signalling.renew(certain(300));
  const stuck = environment.socket;
  await environment.clock.run(3_000);
  signalling.renew(certain(3_300));
  assert.ok(stuck.isClosed);
  assert.equal(environment.sockets.length, 3);
  environment.socket.onopen?.();
  await environment.clock.run(6_000);
  signalling.renew(certain(9_300));
  assert.equal(environment.sockets.length, 3, 'that one is up');
});

test('one that took over because the former was closed is as old as it is', async () => {
  const { environment, signalling, first } = await openForLong();
  signalling.renew(unusual(150));
  const second = environment.socket;
  first.end(4003);
  second.receive(welcome());
  await environment.clock.run(150);
  signalling.renew(certain(300));
  assert.equal(environment.sockets.length, 2);
});

test('before the welcome there is nothing to renew', () => {
  const { environment, signalling } = open();
  signalling.renew(certain(0));
  assert.equal(environment.sockets.length, 1);
});

/** A page that no WebSocket gets through to, welcomed all the same. */
function openWithoutWebSocket() {
  const page = open();
  const { environment } = page;
  environment.socket.end(1006);
  const stream = environment.lastPost;
  stream.onhead?.(200);
  stream.tell('open', { token: 't' });
  stream.receive(welcome());
  return { ...page, stream };
}

test('where WebSocket is refused, plain HTTP carries the same frames', () => {
  const { environment, signalling, frames, stream } = openWithoutWebSocket();
  assert.equal(stream.url, 'https://call.example/api/rooms/abc/events');
  assert.match(stream.body, /^plntry\.v1, join\./);
  assert.ok(signalling.isOnline);
  assert.equal(frames.length, 1);
  signalling.send('frame é');
  assert.equal(environment.lastPost.url, 'https://call.example/api/frames');
  assert.equal(environment.lastPost.body, 't 1 8\nframe é');
});

test('each try counts, so that a join that was heard of is not taken for a late one', () => {
  const { stream } = openWithoutWebSocket();
  const encoded = stream.body.split('join.')[1] ?? '';
  assert.equal((JSON.parse(Buffer.from(encoded, 'base64url').toString()) as { attempt: number }).attempt, 2);
});

test('what worked last is tried first', async () => {
  const { environment, stream } = openWithoutWebSocket();
  stream.fail();
  await environment.clock.run(250);
  assert.equal(environment.posts.length, 2);
  assert.equal(environment.sockets.length, 1);
  environment.lastPost.fail();
  assert.equal(environment.sockets.length, 2, 'and then the other way, at once');
});

test('a WebSocket that has worked is given 10 s to do so again', async () => {
  const { environment } = open();
  environment.socket.receive(welcome());
  environment.socket.end(1006);
  await environment.clock.run(250 + 9_999);
  assert.equal(environment.posts.length, 0);
  await environment.clock.run(1);
  assert.equal(environment.posts.length, 1);
});

test('an error that was heard is no reason for another way', () => {
  const { environment, signalling } = open();
  environment.socket.receive({ type: 'error', code: 'server_full', text: 'Full.', retryAfter: 7000 });
  environment.socket.end(1006);
  assert.equal(environment.posts.length, 0);
  assert.notEqual(signalling.nextTryAt, null);
});

test('it goes back once WebSockets pass, and is online all the while', async () => {
  const { environment, signalling, frames, endings, stream } = openWithoutWebSocket();
  await environment.clock.run(30_000);
  const trial = environment.socket;
  assert.equal(trial.joinRequest['wait'], true);
  assert.notEqual(trial.joinRequest['secret'], 's', 'a stranger tries: nobody is taken over by it');
  trial.onopen?.();
  assert.deepEqual(trial.sent, ['{"type":"leave"}']);
  trial.end(1000);

  const next = environment.socket;
  assert.notEqual(next, trial);
  assert.ok(signalling.isOnline);
  assert.ok(!stream.isAborted);
  signalling.send('meanwhile');
  assert.equal(environment.lastPost.body, 't 1 9\nmeanwhile');
  stream.tell('message', JSON.stringify({ type: 'error', code: 'taken_over', text: '' }));
  next.receive(welcome());
  assert.ok(signalling.isOnline);
  environment.lastPost.answer(204);
  assert.ok(stream.isAborted, 'when its last words have left');
  signalling.send('now');
  assert.deepEqual(next.sent, ['now']);
  assert.deepEqual(endings, []);
  assert.equal(frames.filter(({ type }) => type === 'welcome').length, 2);
  await environment.clock.run(120_000);
  assert.equal(environment.socket, next);
});

test('of two that are to take its place the later one does, and nothing is left of the other', async () => {
  const { environment, signalling } = openWithoutWebSocket();
  await environment.clock.run(29_000);
  signalling.renew(certain(0));
  const renewing = environment.lastPost;
  await environment.clock.run(1_000);
  environment.socket.onopen?.();
  environment.socket.end(1000);
  assert.ok(renewing.isAborted);
  const next = environment.socket;
  next.receive(welcome());
  await environment.clock.run(20_000);
  assert.ok(signalling.isOnline);
  assert.equal(environment.socket, next);
  assert.ok(!next.isClosed);
});

test('taken over before the welcome of the one that takes over, it waits for that', () => {
  const { environment, signalling, endings, stream } = openWithoutWebSocket();
  return environment.clock.run(30_000).then(() => {
    environment.socket.end(1000);
    const next = environment.socket;
    stream.tell('close', { code: 4003 });
    assert.deepEqual(endings, []);
    assert.equal(signalling.isOnline, false);
    next.receive(welcome());
    assert.ok(signalling.isOnline);
  });
});

test('while they do not pass it tries more and more rarely, and a trial that comes to nothing changes nothing', async () => {
  const { environment, signalling, stream } = openWithoutWebSocket();
  await environment.clock.run(30_000);
  assert.equal(environment.sockets.length, 2);
  environment.socket.onopen?.();
  stream.ontext?.(':\n\n');
  await environment.clock.run(10_000);
  assert.ok(environment.socket.isClosed, 'upgraded, but swallowed');
  await environment.clock.run(30_000);
  stream.ontext?.(':\n\n');
  await environment.clock.run(29_999);
  assert.equal(environment.sockets.length, 2);
  await environment.clock.run(1);
  assert.equal(environment.sockets.length, 3);
  environment.socket.end(1006);
  assert.ok(signalling.isOnline);
});

test('another network may let WebSockets pass', () => {
  const { environment, dialler, signalling } = openWithoutWebSocket();
  dialler.handleNetworkChange();
  signalling.open();
  assert.equal(environment.sockets.length, 2);
});
