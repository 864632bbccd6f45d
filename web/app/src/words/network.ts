import type { FlowSample, Route, RouteEnd, Sample, Step } from 'plntry-call/diagnosis';

/** The words of the panel: short, for whoever looks closely. */

const kKinds = { host: 'own address', srflx: 'behind a router', prflx: 'behind a router', relay: 'relay' } as const;
const kFamilies = { ipv4: 'IPv4', ipv6: 'IPv6', name: 'hidden address' } as const;

export const kSteps: Readonly<Record<Step, string>> = {
  server: 'Server',
  addresses: 'Own addresses',
  relay: 'Relay',
  description: 'Agreement',
  path: 'Path',
  encryption: 'Encryption',
  picture: 'First picture',
};

export function routeText({ local, remote, protocol }: Route): string {
  const relays = [local, remote].filter(({ kind }) => kind === 'relay');
  if (relays.length === 0) return `Direct, over ${protocol.toUpperCase()}`;
  const over = local.relay ? ` over ${local.relay.toUpperCase()}` : '';
  return relays.length === 2
    ? `Relayed at both ends${over && `, ours${over}`}`
    : local.kind === 'relay'
      ? `Relayed, ours${over}`
      : 'Relayed, theirs';
}

export function endText({ kind, family, address, port }: RouteEnd, mask: (address: string) => string): string {
  const where = address === '' ? '' : ` · ${family === 'ipv6' ? `[${mask(address)}]` : mask(address)}:${port}`;
  return `${kKinds[kind]} · ${kFamilies[family]}${where}`;
}

export function millisecondsText(seconds: number | null): string {
  return seconds === null ? '–' : `${Math.round(seconds * 1000)} ms`;
}

export function shareText(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

export function rateText(bitsPerSecond: number): string {
  return bitsPerSecond >= 1_000_000
    ? `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`
    : `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}

export function totalRate(flows: Sample['received']): number {
  return (flows.audio?.bitsPerSecond ?? 0) + (flows.video?.bitsPerSecond ?? 0);
}

export function pictureText(flow: FlowSample | null): string {
  if (flow === null || flow.width === null) return 'none';
  const parts = [
    `${flow.width} × ${flow.height}`,
    flow.framesPerSecond === null ? null : `${Math.round(flow.framesPerSecond)} a second`,
    flow.codec,
    rateText(flow.bitsPerSecond),
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

export function soundText(flow: FlowSample | null): string {
  if (flow === null) return 'none';
  return [flow.codec, rateText(flow.bitsPerSecond)].filter((part) => part !== null).join(' · ');
}

export function limitText(flow: FlowSample | null): string {
  switch (flow?.limit ?? null) {
    case 'cpu':
      return 'this device, which is too busy';
    case 'bandwidth':
      return 'the network';
    case 'other':
      return 'something else';
    default:
      return 'nothing known';
  }
}
