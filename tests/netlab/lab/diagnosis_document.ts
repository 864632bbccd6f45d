// docs/diagnosis.md, made by tools/netlab-diagnosis.
import type { Fault } from './fault.ts';

/** What was told of a fault: to how many it should have been, after how many milliseconds it was, and what Anna read at last. */
export interface Told { fault: Fault; asked: number; times: number[]; sentence: string }

const within = (times: readonly number[], ms: number): number => times.filter((time) => time <= ms).length;
const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

function row({ fault, asked, times, sentence }: Told): string {
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  return `| ${fault.name} | ${sentence} | ${times.length} of ${asked} | ${within(times, 5_000)} | ${within(times, 10_000)} | ${median} | ${sorted.at(-1) ?? NaN} |`;
}

export function diagnosisDocument(all: readonly Told[]): string {
  const asked = all.reduce((sum, told) => sum + told.asked, 0);
  const times = all.flatMap((told) => told.times);
  return `# What is said when something is in the way

Made by \`tools/netlab-diagnosis\`: stock browsers in network namespaces, with something in the way of their call. Counted are the people whose page named the right cause, and whose it is, in its first
sentence; and how many of them it had told 5 and 10 seconds after both were in the room. What a device, a permission or the page's own link is to blame for is tried by \`tests/e2e\`, and what the server is, by
\`tests/interop/doctor.test.ts\` too.

| in the way | what the one who waited reads | told | within 5 s | within 10 s | median, ms | slowest, ms |
|---|---|---:|---:|---:|---:|---:|
${all.map(row).join('\n')}

Of ${asked}, ${times.length} were told what it was (${share(times.length, asked)}): ${share(within(times, 5_000), asked)} within 5 s, ${share(within(times, 10_000), asked)} within 10 s. Only a time-out can tell that
a device is gone: the server's, which asks for a sign of life and waits for it.
`;
}
