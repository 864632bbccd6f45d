// docs/networks.md.
import type { Played } from '../matrix.ts';
import type { Way } from './cell.ts';

const words: Record<Way, string> = { direct: 'direct', udp: 'relay over UDP', tcp: 'relay over TCP', tls: 'relay over TLS' };

export function document(played: readonly Played[]): string {
  const rows = played.map(({ cell, outcome }) =>
    `| ${cell.name} | ${cell.browsers.join(' → ')} | ${words[cell.way]} | ${outcome?.firstFrameMs ?? ''} |`);
  return `# From any network

Made by \`tools/netlab --all\`, which builds each of these networks out of namespaces, routers and nftables on one machine, and lets stock
browsers call each other across them. Each call took the way that stands here, the best that there is; a worse one is a failure. The time is from pressing
“Join” until both saw each other, on a machine that played other calls meanwhile.

| who waits ↔ who joins | browsers | way | first frame, ms |
|---|---|---|---|
${rows.join('\n')}
`;
}
