// When a path is looked for anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noSilence, type Silence } from '../src/path_watch.ts';
import { Recovery } from '../src/recovery.ts';

const silent = (lasts: number): Silence => ({ lasts, isCertain: true });
const unusual: Silence = { lasts: 200, isCertain: false };

test('at the first silence at once, then ever more seldom', () => {
  const recovery = new Recovery();
  const looks: number[] = [];
  for (let now = 0; now <= 60_000; now += 50) if (recovery.handleSilence(now, silent(now + 300)) === 'look') looks.push(now);
  assert.deepEqual(looks, [0, 3000, 9000, 21_000, 33_000, 45_000, 57_000]);
});

test('the end of a silence is told once', () => {
  const recovery = new Recovery();
  assert.equal(recovery.handleSilence(0, noSilence), null);
  recovery.handleSilence(50, silent(350));
  assert.equal(recovery.handleSilence(100, noSilence), 'found');
  assert.equal(recovery.handleSilence(150, noSilence), null);
});

test('a path that comes and goes is looked for once a second at most', () => {
  const recovery = new Recovery();
  const looks = Array.from({ length: 100 }, (_, i) => recovery.handleSilence(i * 100, i % 2 === 0 ? silent(350) : noSilence));
  assert.equal(looks.filter((each) => each === 'look').length, 9);
});

test('what is unusual raises suspicion, ever more seldom where it comes to nothing', () => {
  const recovery = new Recovery();
  const suspected: number[] = [];
  for (let now = 0; now <= 60_000; now += 1000) {
    if (recovery.handleSilence(now, unusual) === 'suspect') suspected.push(now);
    assert.equal(recovery.handleSilence(now + 50, noSilence), null, 'nothing was looked for, so nothing is found');
  }
  assert.deepEqual(suspected, [0, 4000, 12_000, 28_000, 60_000]);
});

test('a suspicion that was right is heeded the next time', () => {
  const recovery = new Recovery();
  for (let now = 0; now <= 60_000; now += 10_000) {
    assert.equal(recovery.handleSilence(now, unusual), 'suspect');
    assert.equal(recovery.handleSilence(now + 200, silent(350)), 'look');
    assert.equal(recovery.handleSilence(now + 1000, noSilence), 'found');
  }
});
