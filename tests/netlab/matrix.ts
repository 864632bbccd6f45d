// tools/netlab: plays the cells, prints each as it ends, and writes docs/networks.md.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { essential, further } from './cells.ts';
import { type Cell, type Outcome, play } from './lab/cell.ts';
import { document } from './lab/document.ts';
import { inTurn } from './lab/in_turn.ts';
import { mayMakeSpaces } from './lab/space.ts';

const usage = `tools/netlab: calls between homes of every kind, each in its network namespaces

  tools/netlab                  what ./test tries
  tools/netlab --all            every cell; writes docs/networks.md when all are as they must be
  tools/netlab --all --resume   without those that the last run of --all, interrupted or not, saw as they must be
  tools/netlab --cell TEXT      the cells with TEXT in their names
  tools/netlab --list           only their names
  tools/netlab --jobs N         so many at a time (3)
`;

const { values } = parseArgs({ options: {
  all: { type: 'boolean', default: false }, resume: { type: 'boolean', default: false }, cell: { type: 'string' }, list: { type: 'boolean', default: false },
  jobs: { type: 'string', default: '3' }, help: { type: 'boolean', default: false },
} });

export interface Played { cell: Cell; outcome?: Outcome; error?: string }

const everything = [...essential, ...further];
const wanted = values.cell === undefined ? (values.all ? everything : essential)
  : everything.filter(({ name }) => name.includes(values.cell ?? ''));

// What --all has seen so far, by cell.
const file = join(import.meta.dirname, '../../build/netlab/outcomes.json');
const keyOf = ({ name, browsers }: Cell): string => `${name}, ${browsers.join(' → ')}`;
const seen = new Map<string, Outcome>(values.resume && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as [string, Outcome][] : []);

function remember({ cell, outcome }: Played): void {
  if (!values.all || outcome?.way !== cell.way) return;
  seen.set(keyOf(cell), outcome);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify([...seen], null, 1));
}

const row = (...columns: readonly string[]): string =>
  columns.map((column, index) => column.padEnd([64, 20, 8, 8, 0][index] ?? 0)).join(' ');

async function playAll(): Promise<Played[]> {
  const played = wanted.flatMap((cell): Played[] => { const outcome = seen.get(keyOf(cell)); return outcome ? [{ cell, outcome }] : []; });
  console.log(row('cell', 'browsers', 'must be', 'is', 'first frame'));
  await inTurn(wanted.filter((cell) => !seen.has(keyOf(cell))), Number(values.jobs), async (cell) => {
    const told = await play(cell).then((outcome): Played => ({ cell, outcome }), (error: Error): Played => ({ cell, error: error.message }));
    played.push(told);
    remember(told);
    console.log(row(cell.name, cell.browsers.join(' → '), cell.way, told.outcome?.way ?? 'FAILED', told.outcome ? `${told.outcome.firstFrameMs} ms` : ''));
    if (told.error) console.log(told.error.replaceAll(/^/gm, '    '));
  });
  return played.sort((a, b) => wanted.indexOf(a.cell) - wanted.indexOf(b.cell));
}

if (values.help) console.log(usage);
else if (values.list) console.log(wanted.map(({ name, way }) => `${name} (${way})`).join('\n'));
else if (!mayMakeSpaces) {
  console.error('tools/netlab makes network namespaces, which is for root alone: sudo tools/netlab');
  process.exitCode = 1;
} else {
  const played = await playAll();
  const bad = played.filter(({ cell, outcome }) => outcome?.way !== cell.way);
  console.log(`${played.length - bad.length} of ${played.length} calls took the way that they must`);
  if (bad.length > 0) process.exitCode = 1;
  else if (values.all) writeFileSync(join(import.meta.dirname, '../../docs/networks.md'), document(played));
}
