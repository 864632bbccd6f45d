// tools/netlab-recovery: what befalls a call, and how long until both see each other move again.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Played, recoveryDocument } from './lab/recovery_document.ts';
import { mayMakeSpaces } from './lab/space.ts';
import { type Trouble, troubles } from './troubles.ts';

const usage = `tools/netlab-recovery: how fast calls recover, in network namespaces

  tools/netlab-recovery                 every trouble, 20 times each
  tools/netlab-recovery --trouble TEXT  those with TEXT in their names
  tools/netlab-recovery --runs N

The latest times of each trouble are kept in build/netlab; docs/recovery.md is written once there are some of every one.
`;

const { values } = parseArgs({ options: {
  trouble: { type: 'string' }, runs: { type: 'string' }, help: { type: 'boolean', default: false },
} });

const quantile = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)] ?? NaN;

const file = join(import.meta.dirname, '../../build/netlab/recovery.json');
type Times = Record<string, readonly number[]>;

const known = (): Times => existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Times : {};

function remember(name: string, times: readonly number[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ ...known(), [name]: times }, null, 1));
}

async function playAll(wanted: readonly Trouble[]): Promise<void> {
  for (const trouble of wanted) {
    console.log(`${trouble.name}`);
    const times: number[] = [];
    await trouble.play(Number(values.runs ?? trouble.runs), (time) => {
      times.push(time);
      console.log(`  ${String(times.length).padStart(3)}  ${time} ms`);
    });
    remember(trouble.name, times);
    console.log(`  p50 ${quantile(times, 0.5)} ms, p95 ${quantile(times, 0.95)} ms`);
  }
}

function publish(): void {
  const all = known();
  const played: Played[] = troubles.flatMap((trouble) => {
    const times = all[trouble.name];
    return times ? [{ trouble, times, median: quantile(times, 0.5), p95: quantile(times, 0.95) }] : [];
  });
  if (played.length === troubles.length) writeFileSync(join(import.meta.dirname, '../../docs/recovery.md'), recoveryDocument(played));
}

if (values.help) console.log(usage);
else if (!mayMakeSpaces) {
  console.error('tools/netlab-recovery makes network namespaces, which is for root alone: sudo tools/netlab-recovery');
  process.exitCode = 1;
} else {
  await playAll(troubles.filter(({ name }) => name.includes(values.trouble ?? '')));
  publish();
}
