// What can befall a call, each as often as is asked for, in one call that has to survive all of it.
import type { Kind } from '../e2e/harness/browser.ts';
import { type Scene, withCall } from './lab/scene.ts';
import type { Line } from './lab/kinds.ts';
import * as at from './lab/kinds.ts';
import { sleep } from '../e2e/harness/until.ts';

export interface Trouble {
  name: string;
  goal: string;
  runs: number;
  /** Tells of each time as it is known. */
  play(runs: number, tell: (ms: number) => void): Promise<void>;
}

/** Half of the way between the two. */
const near = (line: Line): Line => ({ ...line, roundTrip: 50 });
const wifi = near(at.nat);
const lte = near(at.carrier);

interface Options { runs?: number; kinds?: readonly [Kind, Kind] }

const trouble = (
  name: string, goal: string, lines: readonly [Line, Line], befall: (scene: Scene) => Promise<number>,
  { runs = 20, kinds = ['chromium', 'chromium'] }: Options = {},
): Trouble => ({
  name, goal, runs,
  play: (times, tell) => withCall(lines, kinds, async (scene) => {
    for (let i = 0; i < times; i += 1) {
      await scene.settled();
      tell(await scene.movingAgain(await befall(scene)));
    }
  }),
});

const kOutageMs = 30_000;

export const troubles: readonly Trouble[] = [
  trouble('the router of one changes over to another line', 'p50 ≤ 800 ms, p95 ≤ 1500 ms', [wifi, wifi], (scene) => scene.rewire()),
  trouble('the same, with Firefox behind that router', '', [wifi, wifi], (scene) => scene.rewire(), { kinds: ['chromium', 'firefox'] }),
  trouble('one of them changes networks (WiFi → LTE → WiFi …)', 'p50 ≤ 800 ms, p95 ≤ 1500 ms', [wifi, wifi], (scene) => scene.move(lte, wifi)),
  trouble('the server is killed and restarted, the call is direct', 'never stops', [wifi, wifi], (scene) => scene.restartServer()),
  trouble('the server is killed and restarted, and it relayed the call', '', [near(at.symmetric), near(at.symmetric)], (scene) => scene.restartServer()),
  trouble('nothing passes for 30 s', '', [wifi, wifi], async (scene) => {
    await scene.cut(true);
    await sleep(kOutageMs);
    await scene.cut(false);
    return Date.now();
  }),
  trouble('a laptop sleeps for 10 minutes', '', [wifi, wifi], async (scene) => {
    scene.freeze(true);
    await sleep(600_000);
    scene.freeze(false);
    return Date.now();
  }, { runs: 1 }),
];
