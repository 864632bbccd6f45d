// tools/netlab-recovery: what befalls a call, and how long until both see each other move again.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Played, recoveryDocument } from './lab/recovery_document.ts';
import { mayMakeSpaces } from './lab/space.ts';
import { type Trouble, troubles } from './troubles.ts';

const usage = `tools/netlab-recovery: how fast calls recover, in network namespaces

  tools/netlab-recovery                 every trouble, 20 times each; writes docs/recovery.md
  tools/netlab-recovery --trouble TEXT  those with TEXT in their names, and writes nothing
  tools/netlab-recovery --runs N
`;

const { values } = parseArgs({ options: {
  trouble: { type: 'string' }, runs: { type: 'string' }, help: { type: 'boolean', default: false },
} });

const quantile = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)] ?? NaN;

async function playAll(wanted: readonly Trouble[]): Promise<Played[]> {
  const played: Played[] = [];
  for (const trouble of wanted) {
    console.log(`${trouble.name}`);
    const times: number[] = [];
    await trouble.play(Number(values.runs ?? trouble.runs), (time) => {
      times.push(time);
      console.log(`  ${String(times.length).padStart(3)}  ${time} ms`);
    });
    played.push({ trouble, times, median: quantile(times, 0.5), p95: quantile(times, 0.95) });
    console.log(`  p50 ${quantile(times, 0.5)} ms, p95 ${quantile(times, 0.95)} ms`);
  }
  return played;
}

if (values.help) console.log(usage);
else if (!mayMakeSpaces) {
  console.error('tools/netlab-recovery makes network namespaces, which is for root alone: sudo tools/netlab-recovery');
  process.exitCode = 1;
} else {
  const played = await playAll(troubles.filter(({ name }) => name.includes(values.trouble ?? '')));
  if (values.trouble === undefined) writeFileSync(join(import.meta.dirname, '../../docs/recovery.md'), recoveryDocument(played));
}
