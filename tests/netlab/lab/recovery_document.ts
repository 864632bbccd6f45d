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

**What bounds it.** Of a router's change, as the packets and the events of both pages told: 250 to 350 ms until silence is certain (what is under way arrives for another 50; then it is 200 of silence, looked for every
50), in which a new connection to the server comes up; 150 ms for offer and answer by way of the server, and with them each end's new public address, guessed; up to 300 ms until Chromium (156) sends its
first check of the new pair: it takes the dead one for alive for another 2.5 s, and checks others seldom as long; 100 ms for the check, and 60 to 110 until both ends use the pair; and 20 to 140 until a picture has
come and is painted. The pause before the first check is the browser's own; early candidates of no use did not shorten it.

**When a computer changes networks**, Chromium for Linux takes 1.5 to 2 seconds to hear of an interface that is new to it, which is what the slowest runs waited for.

**Firefox** (ESR 153) is told its public address later with each restart of a connection: 170 ms after it asks at the first, 920 ms at the tenth. Behind a router that keeps ports, as here, that is not waited for; where
ports change, it is.
`;
