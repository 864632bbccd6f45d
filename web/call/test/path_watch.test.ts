// When silence means that a path has died.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookEvery, PathWatch } from '../src/path_watch.ts';

/** Looks at arrivals every `lookEvery` until `until`, and returns when silence was first told, and when last. */
function watch(arrivals: readonly number[], until: number, looks = (now: number) => now + lookEvery): number[] {
  const path = new PathWatch();
  const told: number[] = [];
  for (let now = 0; now <= until; now = looks(now)) {
    const latest = arrivals.filter((at) => at <= now).at(-1) ?? null;
    if (path.look(now, latest) > 0) told.push(now);
  }
  return told;
}

const every = (gap: number, until: number): number[] => Array.from({ length: until / gap }, (_, i) => i * gap);

test('a path that carries sound or pictures is dead after a third of a second of silence', () => {
  for (const gap of [20, 33, 50]) {
    const [first] = watch(every(gap, 5000), 10_000);
    assert.ok(first !== undefined && first > 5250 && first <= 5400, `${gap}: ${first}`);
  }
});

test('nothing is said of a path on which nothing has ever arrived, or that goes on', () => {
  assert.deepEqual(watch([], 60_000), []);
  assert.deepEqual(watch(every(20, 60_000), 59_900), []);
  assert.deepEqual(watch(every(120, 60_000), 59_800), []);
});

test('a hiccup is no silence', () => {
  assert.deepEqual(watch([...every(20, 2000), ...every(20, 4000).map((at) => at + 2260)], 6000), []);
});

test('what comes seldom is waited for longer, up to a bound', () => {
  const [first] = watch(every(250, 30_000), 60_000);
  assert.ok(first !== undefined && first > 30_500 && first < 32_000, String(first));
});

test('silence goes on being told until something arrives', () => {
  const told = watch([...every(20, 2000), 5000], 5200);
  assert.equal(told.at(-1), 4950);
});

test('a page that stood still has heard nothing because it did not listen', () => {
  const slept = (now: number) => (now === 2000 ? 9000 : now + lookEvery);
  assert.deepEqual(watch([...every(20, 2000), ...every(20, 4000).map((at) => at + 9050)], 12_000, slept), []);
});

test('a page that stood still in a silence has heard nothing since', () => {
  const slept = (now: number) => (now === 3000 ? 5000 : now + lookEvery);
  const told = watch(every(20, 2000), 6000, slept);
  assert.deepEqual(told.filter((at) => at >= 5000 && at < 5200), [5000, 5050, 5100, 5150]);
});

test('in a tab in the background, whose timers come once a second, nothing is told: the browser will', () => {
  const seldom = (now: number) => now + 1000;
  assert.deepEqual(watch(every(20, 30_000), 29_000, seldom), []);
});
