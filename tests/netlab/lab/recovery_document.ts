// docs/recovery.md, made by tools/netlab-recovery.
import type { Trouble } from '../troubles.ts';

export interface Played { trouble: Trouble; times: readonly number[]; median: number; p95: number }

export const recoveryDocument = (played: readonly Played[]): string => `# How fast calls recover

Made by \`tools/netlab-recovery\`: two stock Chromium (or one, and one Firefox, where it says so) in network namespaces, each behind its own router, 100 ms away from each other (50 ms from the server). Credentials for the relay expire every
20 s. The time is from the trouble's beginning (or, where
it lasts, from its end) until both see the other move again, painted. Nobody touches anything.

| trouble | runs | p50 | p95 | goal |
|---|---:|---:|---:|---|
${played.map(({ trouble, times, median, p95 }) => `| ${trouble.name} | ${times.length} | ${median} ms | ${p95} ms | ${trouble.goal} |`).join('\n')}

0 ms: the pictures never stood still for four tenths of a second.
`;
