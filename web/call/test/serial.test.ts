import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxWaiting, Overflow, Serial } from '../src/serial.ts';
import { settle } from './support/clock.ts';

test('tasks run one at a time, in order, whatever each takes', async () => {
  const done: number[] = [];
  const serial = new Serial(() => assert.fail());
  let release = (): void => undefined;
  serial.run(async () => {
    await new Promise<void>((resolve) => (release = resolve));
    done.push(1);
  });
  serial.run(() => void done.push(2));
  await settle();
  assert.deepEqual(done, []);
  release();
  await settle();
  assert.deepEqual(done, [1, 2]);
});

test('a task that fails is told of, and holds nobody up', async () => {
  const failures: unknown[] = [];
  const done: number[] = [];
  const serial = new Serial((error) => failures.push(error));
  serial.run(() => Promise.reject(new Error('no')));
  serial.run(() => void done.push(2));
  await settle();
  assert.equal(failures.length, 1);
  assert.deepEqual(done, [2]);
});

test('nothing runs after the end', async () => {
  const serial = new Serial(() => assert.fail());
  serial.run(() => assert.fail());
  serial.close();
  await settle();
});

test('what waits is bounded: of more the owner is told once, and nothing runs any more', async () => {
  const failures: unknown[] = [];
  const done: number[] = [];
  const serial = new Serial((error) => failures.push(error));
  let release = (): void => undefined;
  serial.run(() => new Promise<void>((resolve) => (release = resolve)));
  await settle();
  for (let i = 0; i < maxWaiting; i += 1) serial.run(() => void done.push(i));
  await settle();
  assert.equal(failures.length, 0);
  serial.run(() => assert.fail());
  serial.run(() => assert.fail());
  assert.equal(failures.length, 0, 'not in the middle of whatever the caller does');
  await settle();
  assert.deepEqual(failures.map((error) => error instanceof Overflow), [true]);
  release();
  await settle();
  assert.deepEqual(done, []);
});

test('tasks that have run make room', async () => {
  let done = 0;
  const serial = new Serial(() => assert.fail());
  for (let round = 0; round < 2; round += 1) {
    for (let i = 0; i < maxWaiting; i += 1) serial.run(() => void (done += 1));
    await settle();
  }
  assert.equal(done, 2 * maxWaiting);
});

test('nobody hears of an overflow after the end', async () => {
  const serial = new Serial(() => assert.fail());
  for (let i = 0; i <= maxWaiting; i += 1) serial.run(() => undefined);
  serial.close();
  await settle();
});
