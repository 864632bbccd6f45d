// docs/recovery.md, made by tools/netlab-recovery.
import type { Trouble } from '../troubles.ts';

export interface Played { trouble: Trouble; times: readonly number[]; median: number; p95: number }

export const recoveryDocument = (played: readonly Played[]): string => `# How fast calls recover

Made by \`tools/netlab-recovery\`: two stock Chromium (or one, and one Firefox, where it says so) in network namespaces, each behind its own router, 100 ms away from each other and
50 ms from the server. Credentials for the relay expire every 20 s. The time is from the trouble's beginning (or, where it lasts, from its end) until both see the other move again, painted.
Nobody touches anything. All runs of a trouble befall one call.

| trouble | runs | p50 | p95 | goal |
|---|---:|---:|---:|---|
${played.map(({ trouble, times, median, p95 }) => `| ${trouble.name} | ${times.length} | ${median} ms | ${p95} ms | ${trouble.goal} |`).join('\n')}

0 ms: the pictures never stood still for four tenths of a second.

**What bounds it.** Of a router's change, as the events of both pages told once, with Chromium and with Firefox behind that router: 340 to 400 ms until silence is certain (media arrive every
20 ms, and a radio may stutter for 200); 160 ms for TCP, TLS and the join of a new connection to the server; 130 ms for offer and answer by way of the server; 160 ms until the answering
end's public address is found and told; and 250 to 320 ms for the checks and until a whole picture has come and is painted.

**When a computer changes networks**, Chromium for Linux takes 1.5 to 2 seconds to hear of an interface that is new to it, which is what the slowest runs waited for.

**Firefox** (ESR 153) finds its public address later with each restart of a connection: 170 ms after it begins to look at the first, 920 ms at the tenth. The first of the 20 recoveries took 1.2 s,
the last 2.8 s.
`;
