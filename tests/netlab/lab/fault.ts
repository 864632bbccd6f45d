// One fault: two people at home, something in the way of their call, and what each page says of it first.
import type { Kind } from '../../e2e/harness/browser.ts';
import { certificateFor } from '../../e2e/harness/authority.ts';
import { CallPage } from '../../e2e/harness/call_page.ts';
import { until } from '../../e2e/harness/until.ts';
import { open } from './browsers.ts';
import { Daemon } from './daemon.ts';
import type { Line } from './kinds.ts';
import { binary } from './system.ts';
import { type Home, World, host } from './world.ts';

/** What is to be told: the cause, whose it is (if that is certain), and some of its words. */
export interface Told { cause: string; whose?: string; says: RegExp }

export interface Fault {
  name: string;
  lines: readonly [Line, Line];
  browsers: readonly [Kind, Kind];
  /** Options of the server besides its certificate. */
  serve?: readonly string[];
  /** A relay elsewhere: options of `plntry relay` on another port of the server's machine. */
  relay?: readonly string[];
  /** What happens, and to whom, once Ben has joined. */
  then?: (scene: FaultScene) => Promise<void>;
  /** Instead of the room's link, for Ben. */
  benOpens?: (link: string) => string;
  anna: Told;
  ben?: Told;
}

export interface FaultScene { world: World; homes: readonly [Home, Home]; people: readonly [CallPage, CallPage]; server: Daemon }

/** What was told at last, and milliseconds from when it could have been known. */
export interface Telling { person: string; sentence: string; afterMs: number }

interface Verdict { cause: string; whose: string; sentence: string }

export const elsewherePort = 3480;
const room = `https://${host}/garden-club#AAAAAAAAAAAAAAAAAAAAAA`;

export async function tell(fault: Fault): Promise<Telling[]> {
  const world = await World.make();
  const people: CallPage[] = [];
  try {
    const { certificate, key } = certificateFor(host);
    if (fault.relay) await Daemon.start(world.server, [binary, 'relay', '--listen', `[::]:${elsewherePort}`, ...fault.relay], /plntry is running|relaying/);
    const server = await Daemon.start(world.server, [binary, 'serve', '--listen', '[::]:443', '--listen', '[::]:8080',
      '--tls-cert', certificate, '--tls-key', key, ...fault.serve ?? []], /plntry is running/);
    const homes = [...await world.household(fault.lines[0], 1), ...await world.household(fault.lines[1], 1)] as [Home, Home];
    const enter = async (name: string, index: 0 | 1): Promise<CallPage> => {
      const browser = await open(fault.browsers[index], homes[index]);
      const person = await CallPage.open(name, (await browser.pages())[0] ?? await browser.newPage());
      people.push(person);
      return person;
    };
    const [anna, ben] = await Promise.all([enter('Anna', 0), enter('Ben', 1)]);
    await joinAs(anna, room);
    await anna.reach('alone');
    await joinAs(ben, fault.benOpens?.(room) ?? room);
    await fault.then?.({ world, homes, people: [anna, ben], server });
    const began = Date.now();
    return await Promise.all([isTold(anna, fault.anna, began), ...(fault.ben ? [isTold(ben, fault.ben, began)] : [])]);
  } catch (error) {
    const consoles = people.map(({ name, console }) => `--- ${name}\n${console.join('\n')}`);
    throw new Error(`${error instanceof Error ? error.message : error}\n${consoles.join('\n')}`, { cause: error });
  } finally {
    world.end();
  }
}

/** Under a name, so that sentences have one. */
async function joinAs(person: CallPage, link: string): Promise<void> {
  await person.visit(link);
  await person.reach('lobby');
  await (await person.page.waitForSelector('::-p-aria(Your name)'))?.type(person.name);
  await person.join();
}

async function isTold(person: CallPage, { cause, whose, says }: Told, began: number): Promise<Telling> {
  const verdict = await until(`${person.name} is told ${cause}`, async () => {
    const text = await person.page.evaluate(async () => JSON.stringify(await (window as unknown as { plntry: { report(): Promise<unknown> } }).plntry.report()));
    const { verdict, also, links } = JSON.parse(text) as { verdict: Verdict; also: Verdict[]; links: { mine: unknown; theirs: unknown; errors: unknown }[] };
    if (verdict.cause === cause && verdict.whose === (whose ?? verdict.whose) && says.test(verdict.sentence)) return verdict;
    const [link] = links ?? [];
    throw new Error(JSON.stringify({ verdict, also: also.map(({ cause }) => cause), mine: link?.mine, theirs: link?.theirs, errors: link?.errors }));
  }, 45_000);
  return { person: person.name, sentence: verdict.sentence, afterMs: Date.now() - began };
}
