// docs/protocol.md §12: a connection of events and posts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventParser, EventSocket, printPost } from '../src/event_socket.ts';
import { TestEnvironment } from './support/environment.ts';

function open() {
  const environment = new TestEnvironment();
  const heard: unknown[] = [];
  const codes: number[] = [];
  const socket = new EventSocket(environment, 'https://call.example', 'abc', ['plntry.v1', 'join.e30']);
  socket.onmessage = ({ data }) => heard.push(data);
  socket.onclose = ({ code }) => codes.push(code);
  const stream = environment.lastPost;
  stream.onhead?.(200);
  stream.tell('open', { token: 't' });
  return { environment, socket, stream, heard, codes };
}

test('events come out whole, however they were cut', () => {
  const text = ':   \n\nevent: open\ndata: {"token":"é"}\n\ndata: "a\\nb"\n\n: nothing\n\nevent:ping\ndata:{}\n\n';
  const expected = [{ name: 'open', data: '{"token":"é"}' }, { name: 'message', data: '"a\\nb"' }, { name: 'ping', data: '{}' }];
  assert.deepEqual(new EventParser().push(text), expected);
  const parser = new EventParser();
  assert.deepEqual([...text].flatMap((letter) => parser.push(letter) ?? []), expected);
});

test('an event without an end is no server of ours', () => {
  const parser = new EventParser();
  assert.equal(parser.push('x'.repeat((8 << 20) + 1)), null);
});

test('a post tells the bytes of its frames', () => {
  assert.equal(printPost('token', 3, ['é', 'ab\n']), 'token 3 2 3\néab\n');
  assert.equal(printPost('token', 4, []), 'token 4\n');
});

test('frames come with all their lines', () => {
  const { stream, heard } = open();
  stream.tell('message', 'header\n\r\n\nbody');
  assert.deepEqual(heard, ['header\n\r\n\nbody']);
});

test('what is sent before it is open waits', () => {
  const environment = new TestEnvironment();
  const socket = new EventSocket(environment, 'https://call.example', 'abc', []);
  socket.send('early');
  assert.equal(environment.posts.length, 1);
  environment.lastPost.onhead?.(200);
  environment.lastPost.tell('open', { token: 't' });
  assert.equal(environment.lastPost.body, 't 1 5\nearly');
});

test('one post is on its way at a time, and what is sent meanwhile goes together', () => {
  const { environment, socket } = open();
  socket.send('one');
  socket.send('two');
  socket.send('three');
  assert.equal(environment.posts.length, 2);
  environment.lastPost.answer(204);
  assert.equal(environment.lastPost.body, 't 2 3 5\ntwothree');
});

test('a post holds no more than every server takes', () => {
  const { environment, socket } = open();
  socket.send('first');
  const large = 'x'.repeat(20_000);
  for (let i = 0; i < 3; i += 1) socket.send(large);
  environment.lastPost.answer(204);
  assert.equal(environment.lastPost.body.length, 't 2 20000\n'.length + 20_000);
  environment.lastPost.answer(204);
  for (let i = 0; i < 100; i += 1) socket.send('x');
  environment.lastPost.answer(204);
  assert.equal(environment.lastPost.body.split('\n')[1]?.length, 20_000 + 63);
  environment.lastPost.answer(204);
  assert.equal(environment.lastPost.body.split('\n')[1]?.length, 37);
});

test('a ping is answered by a post, or by the one after what is on its way', () => {
  const { environment, socket, stream } = open();
  stream.tell('ping', {});
  assert.equal(environment.lastPost.body, 't 1\n');
  environment.lastPost.answer(204);
  socket.send('frame');
  stream.tell('ping', {});
  assert.equal(environment.lastPost.body, 't 2 5\nframe');
  environment.lastPost.answer(204);
  assert.equal(environment.lastPost.body, 't 3\n');
});

test('the server closes it with a code', () => {
  const { stream, codes } = open();
  stream.tell('close', { code: 4002, reason: 'room_full' });
  assert.deepEqual(codes, [4002]);
  assert.ok(stream.isAborted);
});

test('an answer that is none of ours, breaks off, or is silent for 45 s ends it', async () => {
  const refused = new TestEnvironment();
  const codes: number[] = [];
  new EventSocket(refused, 'https://call.example', 'abc', []).onclose = ({ code }) => codes.push(code);
  refused.lastPost.onhead?.(403);
  const broken = open();
  broken.stream.fail();
  const silent = open();
  await silent.environment.clock.run(44_999);
  silent.stream.ontext?.(':\n\n');
  await silent.environment.clock.run(44_999);
  assert.deepEqual(silent.codes, []);
  await silent.environment.clock.run(1);
  assert.deepEqual([...codes, ...broken.codes, ...silent.codes], [1006, 1006, 1006]);
});

test('a post that is refused, or not answered, ends it', async () => {
  for (const [status, code] of [[404, 1006], [409, 1006], [413, 1009], [502, 1006]] as const) {
    const { environment, socket, codes } = open();
    socket.send('frame');
    environment.lastPost.answer(status);
    assert.deepEqual(codes, [code]);
  }
  const { environment, socket, codes } = open();
  socket.send('frame');
  await environment.clock.run(7_000);
  assert.deepEqual(codes, [1006]);
});

test('closed, it first says what it was told to say', async () => {
  const { environment, socket, stream } = open();
  socket.send('one');
  socket.send('leave');
  socket.close();
  assert.ok(!stream.isAborted);
  environment.lastPost.answer(204);
  assert.equal(environment.lastPost.body, 't 2 5\nleave');
  environment.lastPost.answer(204);
  assert.ok(stream.isAborted);
  const mute = open();
  mute.socket.send('leave');
  mute.socket.close();
  await mute.environment.clock.run(3_000);
  assert.ok(mute.stream.isAborted, 'nobody answers');
});
