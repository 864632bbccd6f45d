// When silence means that a path has died.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Silence } from '../src/path_watch.ts';
import { lookEvery, PathWatch } from '../src/path_watch.ts';

/** Looks at arrivals every `lookEvery` until `until`, and returns when silence was told. */
function watch(
  arrivals: readonly number[], until: number, looks = (now: number) => now + lookEvery, isTold = ({ isCertain }: Silence) => isCertain,
): number[] {
  const path = new PathWatch();
  const told: number[] = [];
  for (let now = 0; now <= until; now = looks(now)) {
    const latest = arrivals.filter((at) => at <= now).at(-1) ?? null;
    if (isTold(path.look(now, latest))) told.push(now);
  }
  return told;
}

const every = (gap: number, until: number): number[] => Array.from({ length: until / gap }, (_, i) => i * gap);

test('a path that carries sound or pictures is dead after a quarter of a second of silence', () => {
  for (const gap of [20, 33, 50]) {
    const [first] = watch(every(gap, 5000), 10_000);
    assert.ok(first !== undefined && first > 5150 && first <= 5300, `${gap}: ${first}`);
  }
});

test('nothing is said of a path on which nothing has ever arrived, or that goes on', () => {
  assert.deepEqual(watch([], 60_000), []);
  assert.deepEqual(watch(every(20, 60_000), 59_900), []);
  assert.deepEqual(watch(every(120, 60_000), 59_800), []);
});

test('half of that is unusual, and no more', () => {
  const unusual = watch(every(20, 5000), 5150, undefined, ({ lasts, isCertain }) => lasts > 0 && !isCertain);
  assert.ok(unusual[0] !== undefined && unusual[0] > 5050 && unusual[0] <= 5150, `${unusual}`);
  assert.deepEqual(watch(every(20, 5000), 4900, undefined, ({ lasts }) => lasts > 0), []);
});

test('a hiccup is no silence', () => {
  assert.deepEqual(watch([...every(20, 2000), ...every(20, 4000).map((at) => at + 2160)], 6000), []);
});

test('a radio that stutters is given twice as long each time, and less again once it has stopped', () => {
  const stutters = (gap: number, from: number): number[] => Array.from({ length: 20 }, (_, i) => every(20, 2000).map((at) => from + i * (2000 + gap) + at)).flat();
  assert.equal(watch(stutters(350, 0), 40_000).filter((at, i, all) => at - (all[i - 1] ?? -1000) > 100).length, 1, 'told once of twenty');
  const calm = every(20, 200_000).map((at) => 50_000 + at);
  const [, again] = watch([...stutters(350, 0), ...calm], 252_000).filter((at, i, all) => at - (all[i - 1] ?? -1000) > 100 && (at < 3000 || at > 249_000));
  assert.ok(again !== undefined && again <= 250_300, String(again));
});

test('paths that are found anew are no hiccups: patience does not grow with them', () => {
  const hiccups = [...every(20, 2000), ...every(20, 2000).map((at) => at + 2350), ...every(20, 2000).map((at) => at + 4800)];
  const recoveries = Array.from({ length: 5 }, (_, i) => every(20, 3000).map((at) => 8300 + i * 4500 + at)).flat();
  const told = watch([...hiccups, ...recoveries], 32_000);
  const firsts = told.filter((at, i) => at - (told[i - 1] ?? -1000) > 100);
  assert.ok(firsts.length >= 6, String(firsts));
  assert.ok(firsts.slice(-4).every((at) => (at - 8300 - 3000) % 4500 <= 900), String(firsts));
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
