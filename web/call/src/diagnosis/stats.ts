// What `RTCPeerConnection.getStats` says of the moment (https://www.w3.org/TR/webrtc-stats/), as Chromium and Firefox say it:
// two readings make a sample. Pure.

import type { CandidateKind, FlowSample, Route, RouteEnd, Sample, Transport } from './facts.ts';
import { familyOf, relayTransport } from './facts.ts';

/** One entry of an `RTCStatsReport`; which members there are is the browser's choice. */
export type StatsEntry = { readonly id: string; readonly type: string; readonly timestamp: number } & Readonly<
  Record<string, unknown>
>;
export type Stats = readonly StatsEntry[];

export function sampleOf(stats: Stats, before: Stats | null, at: number): Sample {
  const pair = selectedPair(stats);
  const remote = (kind: string) => ofKind(stats, 'remote-inbound-rtp', kind);
  const flow = (direction: 'inbound-rtp' | 'outbound-rtp', kind: string) => {
    const entry = ofKind(stats, direction, kind);
    return entry && flowOf(stats, entry, before && (byId(before, entry.id) ?? null), remote(kind));
  };
  const roundTrip =
    number(pair?.['currentRoundTripTime']) ??
    number(remote('video')?.['roundTripTime']) ??
    number(remote('audio')?.['roundTripTime']);
  return {
    at,
    route: pair && routeOf(stats, pair),
    roundTrip,
    received: { audio: flow('inbound-rtp', 'audio'), video: flow('inbound-rtp', 'video') },
    sent: { audio: flow('outbound-rtp', 'audio'), video: flow('outbound-rtp', 'video') },
    frames: number(ofKind(stats, 'inbound-rtp', 'video')?.['framesDecoded']) ?? 0,
  };
}

/** Chromium names it in `transport`, Firefox marks the pair. */
function selectedPair(stats: Stats): StatsEntry | null {
  const transport = stats.find(({ type }) => type === 'transport');
  const named = transport && byId(stats, transport['selectedCandidatePairId']);
  const pairs = stats.filter(({ type }) => type === 'candidate-pair');
  return (
    named ??
    pairs.find((pair) => pair['selected'] === true) ??
    pairs.find((pair) => pair['nominated'] === true && pair['state'] === 'succeeded') ??
    null
  );
}

/** How each local relay candidate reaches its relay: `candidate` events do not say so in every browser. */
export function relaysOf(stats: Stats): { readonly address: string; readonly port: number; readonly relay: Transport }[] {
  return stats.flatMap((entry) => {
    if (entry.type !== 'local-candidate' || entry['candidateType'] !== 'relay') return [];
    const relay = relayTransport(entry);
    return relay ? [{ address: text(entry['address']), port: number(entry['port']) ?? 0, relay }] : [];
  });
}

function routeOf(stats: Stats, pair: StatsEntry): Route | null {
  const local = byId(stats, pair['localCandidateId']);
  const remote = byId(stats, pair['remoteCandidateId']);
  if (!local || !remote) return null;
  return {
    protocol: text(local['protocol']).toLowerCase() === 'tcp' ? 'tcp' : 'udp',
    local: endOf(local),
    remote: endOf(remote),
  };
}

function endOf(candidate: StatsEntry): RouteEnd {
  const address = text(candidate['address']) || text(candidate['ip']);
  return {
    kind: candidate['candidateType'] as CandidateKind,
    family: familyOf(address),
    address,
    port: number(candidate['port']) ?? 0,
    relay: relayTransport(candidate),
  };
}

function flowOf(stats: Stats, entry: StatsEntry, before: StatsEntry | null, remote: StatsEntry | null): FlowSample {
  const isInbound = entry.type === 'inbound-rtp';
  const since = (name: string) => Math.max(0, (number(entry[name]) ?? 0) - (number(before?.[name]) ?? 0));
  const seconds = before ? (entry.timestamp - before.timestamp) / 1000 : 0;
  const packets = since(isInbound ? 'packetsReceived' : 'packetsSent');
  const lost = since('packetsLost');
  const reason = text(entry['qualityLimitationReason']);
  return {
    packets,
    bitsPerSecond: seconds > 0 ? Math.round((since(isInbound ? 'bytesReceived' : 'bytesSent') * 8) / seconds) : 0,
    loss: isInbound ? (packets + lost > 0 && before ? lost / (packets + lost) : null) : number(remote?.['fractionLost']),
    jitter: number((isInbound ? entry : remote)?.['jitter']),
    codec: codecOf(stats, entry),
    width: number(entry['frameWidth']),
    height: number(entry['frameHeight']),
    framesPerSecond: number(entry['framesPerSecond']),
    limit: reason === 'cpu' || reason === 'bandwidth' || reason === 'other' ? reason : null,
  };
}

function codecOf(stats: Stats, entry: StatsEntry): string | null {
  const mime = text(byId(stats, entry['codecId'])?.['mimeType']);
  return mime === '' ? null : mime.replace(/^(audio|video)\//i, '');
}

/** The newest: Firefox keeps entries of flows that are over. */
function ofKind(stats: Stats, type: string, kind: string): StatsEntry | null {
  return stats.findLast((entry) => entry.type === type && entry['kind'] === kind) ?? null;
}

function byId(stats: Stats, id: unknown): StatsEntry | undefined {
  return stats.find((entry) => entry.id === id);
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
