// When a path is looked for anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recovery } from '../src/recovery.ts';

test('at the first silence at once, then ever more seldom', () => {
  const recovery = new Recovery();
  const looks: number[] = [];
  for (let now = 0; now <= 60_000; now += 50) if (recovery.handleSilence(now, now + 300) === 'look') looks.push(now);
  assert.deepEqual(looks, [0, 3000, 9000, 21_000, 33_000, 45_000, 57_000]);
});

test('the end of a silence is told once', () => {
  const recovery = new Recovery();
  assert.equal(recovery.handleSilence(0, 0), null);
  recovery.handleSilence(50, 350);
  assert.equal(recovery.handleSilence(100, 0), 'found');
  assert.equal(recovery.handleSilence(150, 0), null);
});

test('a path that comes and goes is looked for once a second at most', () => {
  const recovery = new Recovery();
  const looks = Array.from({ length: 100 }, (_, i) => recovery.handleSilence(i * 100, i % 2 === 0 ? 350 : 0));
  assert.equal(looks.filter((each) => each === 'look').length, 9);
});
