// docs/protocol.md §8.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxUnacknowledged, maxUnacknowledgedBytes, Stream } from '../src/stream.ts';

const body = (seq: number, base = 1) => ({ link: 'L', seq, base, data: {} });

test('a receiver takes the next number only', () => {
  const stream = new Stream({ made: false });
  assert.equal(stream.receive(body(2)), false, 'its predecessor is on its way again');
  assert.equal(stream.receive(body(1)), true);
  assert.equal(stream.receive(body(1)), false, 'a repetition');
  assert.equal(stream.receive(body(2)), true);
  assert.equal(stream.received, 2);
});

test('a receiver goes to the base when earlier messages were withdrawn', () => {
  const stream = new Stream({ made: false });
  stream.receive(body(1));
  assert.equal(stream.receive(body(6, 5)), false);
  assert.equal(stream.receive(body(5, 5)), true);
  assert.equal(stream.receive(body(6, 5)), true);
});

test('who made the link withdraws, and nobody else: no message can be cut out of what comes to its maker', () => {
  const stream = new Stream({ made: true });
  stream.receive(body(1));
  assert.equal(stream.receive(body(3, 3)), false);
  assert.equal(stream.receive(body(2)), true);
  assert.equal(stream.receive(body(3, 3)), true, 'the next one is the next one');
});

test('a sender keeps a message until it is acknowledged', () => {
  const stream = new Stream({ made: false });
  for (const data of ['a', 'b', 'c']) stream.append(data);
  stream.receive({ link: 'L', ack: 2 });
  assert.deepEqual(stream.unacknowledged.map(({ seq, data }) => [seq, data]), [[3, 'c']]);
  stream.receive({ link: 'L', ack: 1 });
  assert.equal(stream.unacknowledged.length, 1, 'an old acknowledgement changes nothing');
});

test('an acknowledgement of what was never sent is ignored', () => {
  const stream = new Stream({ made: false });
  stream.append('a');
  stream.receive({ link: 'L', ack: 2 });
  assert.equal(stream.unacknowledged.length, 1);
});

test('withdrawn messages are not sent again, and the base says so', () => {
  const stream = new Stream({ made: false });
  stream.append('a');
  stream.withdraw();
  assert.equal(stream.append('b')?.seq, 2);
  assert.equal(stream.base, 2);
  assert.deepEqual(stream.unacknowledged.map(({ seq }) => seq), [2]);
});

test('what waits is bounded, in number and in bytes', () => {
  const many = new Stream({ made: false });
  for (let i = 0; i < maxUnacknowledged; i += 1) assert.ok(many.append(i));
  assert.equal(many.append('one more'), null);
  many.receive({ link: 'L', ack: 1 });
  assert.ok(many.append('now'), 'an acknowledgement makes room');

  const large = new Stream({ made: false });
  assert.ok(large.append('x'.repeat(maxUnacknowledgedBytes - 2)));
  assert.equal(large.append(''), null);
});
