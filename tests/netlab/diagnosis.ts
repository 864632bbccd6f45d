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

const kShareToldRight = 0.95;

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

/** Whether as many as have to be were told the right cause. */
async function playAll(wanted: readonly Fault[], times: number): Promise<boolean> {
  const all: Told[] = wanted.map((fault) => ({ fault, asked: 0, times: [], sentence: '' }));
  await inTurn(Array.from({ length: times }, () => all).flat(), 2, (told) => play(told.fault, told));
  const text = diagnosisDocument(all);
  if (values.fault !== undefined) console.log(text);
  else writeFileSync(join(import.meta.dirname, '../../docs/diagnosis.md'), text);
  const sum = (count: (told: Told) => number): number => all.reduce((total, told) => total + count(told), 0);
  return sum(({ times }) => times.length) >= kShareToldRight * sum(({ asked }) => asked);
}

function refuse(why: string): void {
  console.error(`tools/netlab-diagnosis: ${why}`);
  process.exitCode = 1;
}

const wanted = faults.filter(({ name }) => name.includes(values.fault ?? ''));
const runs = Number(values.runs);
if (values.help) console.log(usage);
else if (!mayMakeSpaces) refuse('it makes network namespaces, which is for root alone: sudo tools/netlab-diagnosis');
else if (wanted.length === 0) refuse(`no fault has “${values.fault}” in its name; there are:\n${faults.map(({ name }) => name).join('\n')}`);
else if (!Number.isInteger(runs) || runs < 1) refuse(`--runs: “${values.runs}” is not allowed: give a number from 1`);
else if (!await playAll(wanted, runs)) refuse('fewer than 95 of 100 were told the right cause');
