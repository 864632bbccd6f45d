// tools/netlab-diagnosis: how often, and how soon, the first sentence names what is in the way of a call.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Fault, tell } from './lab/fault.ts';
import { diagnosisDocument, type Told } from './lab/diagnosis_document.ts';
import { faults } from './faults.ts';
import { inTurn } from './lab/in_turn.ts';
import { mayMakeSpaces } from './lab/space.ts';

const usage = `tools/netlab-diagnosis: what the page says of faults, in network namespaces

  tools/netlab-diagnosis                 every fault, 10 times each, into docs/diagnosis.md
  tools/netlab-diagnosis --fault TEXT    those with TEXT in their names, told here alone
  tools/netlab-diagnosis --runs N
`;

const { values } = parseArgs({ options: {
  fault: { type: 'string' }, runs: { type: 'string', default: '10' }, help: { type: 'boolean', default: false },
} });

async function play(fault: Fault, told: Told): Promise<void> {
  const people = fault.ben ? 2 : 1;
  told.asked += people;
  try {
    for (const { person, sentence, afterMs } of await tell(fault)) {
      told.times.push(afterMs);
      if (person === 'Anna') told.sentence = sentence;
    }
  } catch (error) {
    console.log(`${fault.name}: ${error instanceof Error ? error.message.slice(0, 2_000) : error}`);
  }
  console.log(`${fault.name}: ${told.times.length} of ${told.asked}, the slowest after ${Math.max(0, ...told.times)} ms`);
}

async function playAll(): Promise<void> {
  const wanted = faults.filter(({ name }) => name.includes(values.fault ?? ''));
  const all: Told[] = wanted.map((fault) => ({ fault, asked: 0, times: [], sentence: '' }));
  const runs = Array.from({ length: Number(values.runs) }, () => all).flat();
  await inTurn(runs, 2, (told) => play(told.fault, told));
  const text = diagnosisDocument(all);
  if (values.fault !== undefined) return console.log(text);
  const docs = join(import.meta.dirname, '../../docs');
  writeFileSync(join(docs, 'diagnosis.md'), text);
}

if (values.help) console.log(usage);
else if (!mayMakeSpaces) {
  console.error('tools/netlab-diagnosis makes network namespaces, which is for root alone: sudo tools/netlab-diagnosis');
  process.exitCode = 1;
} else await playAll();
