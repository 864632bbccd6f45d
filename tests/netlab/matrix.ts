// tools/netlab: plays the cells, prints each as it ends, and writes docs/networks.md.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { essential, further } from './cells.ts';
import { play } from './lab/cell.ts';
import { document } from './lab/document.ts';
import { inTurn } from './lab/in_turn.ts';
import { Outcomes, type Seen } from './lab/outcomes.ts';
import { mayMakeSpaces } from './lab/space.ts';
import { type System, plntry } from './lab/system.ts';
import { peer } from './systems/peer/peer.ts';

const usage = `tools/netlab: calls between homes of every kind, each in its network namespaces

  tools/netlab                  what ./test tries
  tools/netlab --all            every cell; writes docs/networks.md when each is as it must be
  tools/netlab --cell TEXT      the cells with TEXT in their names
  tools/netlab --list           only their names

  --system peer                 with peer and coturn in the server's place; with --all, for docs/networks.md
  --resume                      without the cells that an earlier run of --all saw
  --jobs N                      so many at a time (3)
  --keep                        leave the last cell's network up, until Ctrl+C
`;

const { values } = parseArgs({ options: {
  all: { type: 'boolean', default: false }, resume: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
  cell: { type: 'string' }, system: { type: 'string', default: 'plntry' }, jobs: { type: 'string', default: '3' },
} });

const systems: Readonly<Record<string, System>> = { plntry, peer };
const everything = [...essential, ...further];
const text = values.cell;
const wanted = text !== undefined ? everything.filter(({ name }) => name.includes(text)) : values.all ? everything : essential;

const row = (...columns: readonly string[]): string =>
  columns.map((column, index) => column.padEnd([64, 20, 8, 8, 0][index] ?? 0)).join(' ');

/** Shows how to get into a network that has been played in, and leaves it standing. */
async function keep(spaces: readonly string[]): Promise<void> {
  console.log(`Look around with: sudo ip netns exec NAME bash\n  ${spaces.join('\n  ')}\nCtrl+C ends it.`);
  await new Promise(() => setInterval(() => undefined, 1_000));
}

async function playAll(system: System, outcomes: Outcomes): Promise<void> {
  console.log(row('cell', 'browsers', 'must be', 'is', 'first frame'));
  const waiting = wanted.filter((cell) => !outcomes.of(cell));
  await inTurn(waiting, Number(values.jobs), async (cell) => {
    const linger = values.keep && cell === waiting.at(-1) ? keep : undefined;
    const seen = await play(cell, system, linger).catch((error: Error): Seen => ({ failure: error.message }));
    const [way, time] = 'way' in seen ? [seen.way, `${seen.firstFrameMs} ms`] : ['FAILED', ''];
    console.log(row(cell.name, cell.browsers.join(' → '), cell.way, way, time));
    const evidence = 'failure' in seen ? seen.failure : seen.evidence;
    if (evidence && system === plntry) console.log(evidence.replaceAll(/^/gm, '    '));
    // Of ours, what is not as it must be is to be played again.
    if (system !== plntry || way === cell.way) outcomes.remember(cell, 'failure' in seen ? { failure: seen.failure.split('\n')[0] ?? '' } : { way: seen.way, firstFrameMs: seen.firstFrameMs });
    if (values.all) outcomes.save();
  });
}

async function main(): Promise<void> {
  const system = systems[values.system];
  if (!system) throw new Error(`no such system: ${values.system} (${Object.keys(systems).join(', ')})`);
  const outcomes = new Outcomes(values.system, values.all && values.resume);
  await playAll(system, outcomes);
  const good = wanted.filter((cell) => { const seen = outcomes.of(cell); return seen && 'way' in seen && seen.way === cell.way; }).length;
  console.log(`${good} of ${wanted.length} calls took the way that they must`);
  if (system === plntry && good < wanted.length) process.exitCode = 1;
  else if (values.all) {
    const text = document(everything, new Outcomes('plntry', true), new Outcomes('peer', true));
    writeFileSync(join(import.meta.dirname, '../../docs/networks.md'), text);
  }
}

if (values.help) console.log(usage);
else if (values.list) console.log(wanted.map(({ name, way }) => `${name} (${way})`).join('\n'));
else if (!mayMakeSpaces) {
  console.error('tools/netlab makes network namespaces, which is for root alone: sudo tools/netlab');
  process.exitCode = 1;
} else await main();
