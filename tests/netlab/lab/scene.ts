// A call between two homes, to which things happen.
import type { Kind } from '../../e2e/harness/browser.ts';
import { CallPage } from '../../e2e/harness/call_page.ts';
import { sleep, until } from '../../e2e/harness/until.ts';
import { open } from './browsers.ts';
import { installFrameLog, movingAfter } from './frame_log.ts';
import type { Line } from './kinds.ts';
import { plntryWith } from './system.ts';
import { type Home, type Junction, World } from './world.ts';

/** Undisturbed for so long, a call is as it always is. */
const kSettledMs = 4_000;
const kPatienceMs = 60_000;

/** Credentials expire and are renewed all the while. */
const plntry = plntryWith('--credential-lifetime', '20s');

export class Scene {
  private readonly world: World;
  private readonly homes: readonly [Home, Home];
  private readonly people: readonly CallPage[];
  private readonly junctions = new Map<Line, Junction>();
  private moves = 0;

  constructor(world: World, homes: readonly [Home, Home], people: readonly CallPage[]) {
    this.world = world;
    this.homes = homes;
    this.people = people;
  }

  /** Resolves when both have seen the other move without a pause for a while. */
  async settled(): Promise<void> {
    await until('both see each other move', async () => {
      const all = await this.frames();
      if (all.every(({ frames, now }) => movingAfter(frames, now - kSettledMs, now) === 0)) return true;
      throw new Error(await this.describe());
    }, kPatienceMs);
  }

  /** How long after `since` both see each other move again. */
  async movingAgain(since: number): Promise<number> {
    await sleep(Math.max(0, since + 2_000 - Date.now()));
    return until('both see each other move again', async () => {
      const times = (await this.frames()).map(({ frames, now }) => movingAfter(frames, since, now));
      const known = times.filter((time) => time !== undefined);
      if (known.length < times.length) throw new Error(await this.describe());
      return { slowest: Math.max(...known) };
    }, kPatienceMs).then(({ slowest }) => slowest);
  }

  /** The second of them changes from its present network to the next of `lines`. */
  async move(...lines: readonly Line[]): Promise<number> {
    const line = lines[this.moves % lines.length] as Line;
    this.moves += 1;
    if (!this.junctions.has(line)) this.junctions.set(line, await this.world.junction(line));
    return this.world.move(this.homes[1], this.junctions.get(line) as Junction);
  }

  /** The second one's router changes over to another line, as from DSL to LTE: the home itself notices nothing. */
  async rewire(): Promise<number> {
    const change = await this.world.spare(this.homes[1].junction);
    return change();
  }

  async restartServer(): Promise<number> {
    const at = Date.now();
    this.world.server.signal(/plntry/, 'SIGKILL');
    await plntry.serve(this.world);
    return at;
  }

  /** Whether nothing passes between the second of them and the world. */
  async cut(isCut: boolean): Promise<void> {
    const { space, device } = this.homes[1];
    await space.filter(isCut
      ? `table netdev cut {
           chain in { type filter hook ingress device ${device} priority 0; drop; }
           chain out { type filter hook egress device ${device} priority 0; drop; }
         }`
      : 'delete table netdev cut');
  }

  /** Whether the second one's browser stands still, all of it. */
  freeze(isFrozen: boolean): void {
    this.homes[1].space.signal(/chromium|firefox/, isFrozen ? 'SIGSTOP' : 'SIGCONT');
  }

  private frames(): Promise<{ frames: number[]; now: number }[]> {
    return Promise.all(this.people.map(({ page }) =>
      page.evaluate(() => ({ frames: window.labFrames.slice(-3_000), now: performance.timeOrigin + performance.now() }))));
  }

  private async describe(): Promise<string> {
    const all = await Promise.all(this.people.map(({ page }) => page.evaluate(() => window.plntryProbe.describe())));
    const frames = (await this.frames()).map(({ frames, now }) => `${frames.length} pictures painted, the latest ${Math.round(now - (frames.at(-1) ?? 0))} ms ago`);
    return [...all.flat(), ...frames].join('\n');
  }
}

/** A call between two browsers at the ends of `lines`. */
export async function withCall(lines: readonly [Line, Line], kinds: readonly [Kind, Kind], use: (scene: Scene) => Promise<void>): Promise<void> {
  const world = await World.make();
  try {
    await plntry.serve(world);
    const homes = [...await world.household(lines[0], 1), ...await world.household(lines[1], 1)] as [Home, Home];
    const enter = async (name: string, home: Home, kind: Kind): Promise<CallPage> => {
      const browser = await open(kind, home);
      const person = await CallPage.open(name, (await browser.pages())[0] ?? await browser.newPage());
      await person.page.evaluateOnNewDocument(installFrameLog);
      return person;
    };
    const people = await Promise.all([enter('Anna', homes[0], kinds[0]), enter('Ben', homes[1], kinds[1])]);
    const [anna, ben] = people as [CallPage, CallPage];
    await plntry.wait(anna);
    await plntry.arrive(ben, anna);
    await plntry.join(ben);
    await Promise.all(people.map((person) => person.meets()));
    await use(new Scene(world, homes, people));
  } finally {
    world.end();
  }
}
