// One cell of the matrix: two people at home, a call between them, and the way that it took.
import assert from 'node:assert/strict';
import type { Kind } from '../../e2e/harness/browser.ts';
import { CallPage } from '../../e2e/harness/call_page.ts';
import { sleep } from '../../e2e/harness/until.ts';
import { open } from './browsers.ts';
import type { Line } from './kinds.ts';
import { installStopwatch } from './stopwatch.ts';
import { type System, plntry } from './system.ts';
import { type Home, World } from './world.ts';

/** From best to worst. What goes over a relay is named by the worst of what leads to it. */
export type Way = 'direct' | 'udp' | 'tcp' | 'tls';

export interface Cell {
  name: string;
  /** Each with a home of their own, or both in the one. */
  lines: readonly [Line] | readonly [Line, Line];
  /** Of who waits and of who joins. */
  browsers: readonly [Kind, Kind];
  way: Way;
  /** How long the one waits for the other. */
  waitSeconds?: number;
}

export interface Outcome {
  way: Way;
  /** From pressing “Join” until both saw each other. */
  firstFrameMs: number;
  /** What the browsers tell of their connections, if it is not the way that the call must take. */
  evidence?: string;
}

/** `linger` is waited for before the network is taken down; it gets the names of its namespaces. */
export async function play(cell: Cell, system: System = plntry, linger?: (spaces: readonly string[]) => Promise<void>): Promise<Outcome> {
  const world = await World.make();
  const people: CallPage[] = [];
  let log = (): string => '';
  try {
    log = await system.serve(world);
    const homes = await settle(world, cell);
    const enter = async (name: string, index: 0 | 1): Promise<CallPage> => {
      const browser = await open(cell.browsers[index], homes[index]);
      const page = (await browser.pages())[0] ?? await browser.newPage();
      const person = await CallPage.open(name, page);
      await page.evaluateOnNewDocument(installStopwatch);
      people.push(person);
      return person;
    };
    const [anna, ben] = await Promise.all([enter('Anna', 0), enter('Ben', 1)]);
    await system.wait(anna);
    await sleep((cell.waitSeconds ?? 0) * 1_000);
    await system.arrive(ben, anna);
    if (cell.lines.some(({ resolver }) => resolver === 'dies once the page is there')) homes.forEach(({ services }) => services.tell('die'));
    await system.join(ben);
    await Promise.all([anna, ben].map((person) => person.meets(1, system.patienceMs)));
    const outcome = { way: await settledWay(cell.way, anna, ben), firstFrameMs: await firstFrame(anna, ben) };
    return outcome.way === cell.way ? outcome : { ...outcome, evidence: await evidence(people) };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${await evidence(people)}\n--- the server\n${log()}`, { cause: error });
  } finally {
    await linger?.(world.names);
    world.end();
  }
}

async function settle(world: World, { lines }: Cell): Promise<[Home, Home]> {
  const [first, second] = lines;
  const homes = second ? [...await world.household(first, 1), ...await world.household(second, 1)] : await world.household(first, 2);
  return homes as [Home, Home];
}

/** A call may begin on the first way that is found, and must soon be on the best. */
const kSettlingMs = 10_000;

async function settledWay(wanted: Way, ...people: CallPage[]): Promise<Way> {
  const patience = Date.now() + kSettlingMs;
  for (;;) {
    const way = await wayOf(...people);
    if (way === wanted || Date.now() > patience) return way;
    await sleep(500);
  }
}

async function wayOf(...people: CallPage[]): Promise<Way> {
  const routes = await Promise.all(people.map((person) => person.route()));
  const relays = routes.filter(({ local }) => local === 'relay').map(({ over }) => over);
  const isRelayed = routes.some(({ local, remote }) => local === 'relay' || remote === 'relay');
  if (!isRelayed) return 'direct';
  for (const way of ['tls', 'tcp', 'udp'] as const) if (relays.includes(way)) return way;
  throw new Error(`relayed, but nobody knows how: ${JSON.stringify(routes)}`);
}

async function firstFrame(...people: CallPage[]): Promise<number> {
  const times = await Promise.all(people.map((person) => person.page.evaluate(() => window.labStopwatch)));
  const [pressed, painted] = [times.at(-1)?.pressed, times.map(({ painted }) => painted)];
  assert.ok(pressed && painted.every((at) => at !== undefined), `no first frame: ${JSON.stringify(times)}`);
  return Math.round(Math.max(...painted) - pressed);
}

async function evidence(people: readonly CallPage[]): Promise<string> {
  const lines = people.map(async (person) => [
    `--- ${person.name} at ${person.link}: ${await person.words().catch(() => 'a page that is gone')}`,
    ...person.console, ...await person.page.evaluate(() => window.plntryProbe.describe()).catch(() => []),
  ].join('\n'));
  return (await Promise.all(lines)).join('\n');
}
