import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Serial } from '../src/serial.ts';
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
