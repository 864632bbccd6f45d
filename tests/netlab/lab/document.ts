// docs/networks.md.
import type { Cell, Way } from './cell.ts';
import type { Outcomes, Seen } from './outcomes.ts';

const words: Record<Way, string> = { direct: 'direct', udp: 'relay over UDP', tcp: 'relay over TCP', tls: 'relay over TLS' };

const initial = (browser: string): string => browser.charAt(0).toUpperCase() + browser.slice(1);

const columns = (seen: Seen | undefined): string =>
  seen === undefined ? ' | ' : 'failure' in seen ? '**no call** | ' : `${words[seen.way]} | ${seen.firstFrameMs}`;

export function document(all: readonly Cell[], ours: Outcomes, theirs: Outcomes): string {
  const cells = all.filter((cell) => ours.of(cell));
  const rows = cells.map((cell) =>
    `| ${cell.name} | ${cell.browsers.map(initial).join(' → ')} | ${columns(ours.of(cell))} | ${columns(theirs.of(cell))} |`);
  const tried = cells.filter((cell) => theirs.of(cell));
  const connected = (outcomes: Outcomes): number => cells.filter((cell) => { const seen = outcomes.of(cell); return seen && 'way' in seen; }).length;
  return `# From any network

Stock browsers call each other across networks that \`tools/netlab --all\` builds out of namespaces, routers, nftables and long cables on one machine. With plntry, each call must
take the way that stands here, which is the best that there is: a worse one is a failure. Beside it stands \`peer\` 1.0 with \`peerjs\` and Debian's coturn, with a
certificate, set up as their documentation does (\`tools/netlab --all --system peer\`).

A pair is who waits ↔ who joins; each is behind a router of its own unless it says “both”. The time is in milliseconds, from pressing the last button until both saw each other's
first picture, on a machine with two cores that played other calls meanwhile: it tells an order of magnitude, [benchmarks.md](benchmarks.md) measures.

Here stand the ${cells.length} of ${all.length} cells that the run saw as they must be. Peer and coturn were tried in ${tried.length} of them, and made a call in
${connected(theirs)}; an empty field was not tried.

| networks | browsers | plntry | ms | peer and coturn | ms |
|---|---|---|---:|---|---:|
${rows.join('\n')}
`;
}
