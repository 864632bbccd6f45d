// What one browser saw of a call, as plain values with their times: everything that the verdict, the report and the panel are
// made from. Pure. Times are milliseconds since the recorder began (docs/report.md).

import type { CallState, PathState } from '../types.ts';
import type { Side } from './side.ts';

/** How a packet travels to a server. */
export type Transport = 'udp' | 'tcp' | 'tls';
/** `name`: hidden behind a name that means something in the browser's own network only (mDNS). */
export type Family = 'ipv4' | 'ipv6' | 'name';
export type CandidateKind = 'host' | 'srflx' | 'prflx' | 'relay';
/** `on`, `off` by the person's wish, or why a device gives nothing. */
export type DeviceState = 'on' | 'off' | 'denied' | 'missing' | 'busy' | 'unplugged';

/** One URL of `RTCConfiguration.iceServers`. */
export interface IceServerFact {
  readonly url: string;
  readonly kind: 'stun' | 'turn';
  readonly host: string;
  readonly port: number;
  readonly transport: Transport;
}

export interface CandidateFact {
  readonly at: number;
  readonly kind: CandidateKind;
  readonly protocol: 'udp' | 'tcp';
  readonly family: Family;
  readonly address: string;
  readonly port: number;
  /** Of a relay candidate of our own: how this browser reaches its relay; `null` when the browser does not say. */
  readonly relay: Transport | null;
  /** Port on this machine that a reflexive candidate belongs to: two of them with one base tell how the NAT maps. */
  readonly base: number | null;
}

/** `icecandidateerror`. */
export interface IceErrorFact {
  readonly at: number;
  /** Since gathering began. */
  readonly after: number;
  readonly url: string;
  readonly code: number;
  readonly text: string;
}

/** A state that something took. */
export interface StateFact {
  readonly at: number;
  readonly what: 'gathering' | 'ice' | 'dtls' | 'connection' | 'path';
  readonly state: string;
}

/** One end of the path in use. */
export interface RouteEnd {
  readonly kind: CandidateKind;
  readonly family: Family;
  readonly address: string;
  readonly port: number;
  readonly relay: Transport | null;
}

/** The path in use. */
export interface Route {
  readonly protocol: 'udp' | 'tcp';
  readonly local: RouteEnd;
  readonly remote: RouteEnd;
}

/** One direction of one kind of media over the last interval. */
export interface FlowSample {
  readonly packets: number;
  readonly bitsPerSecond: number;
  /** Share of packets that got lost, 0 to 1; `null` when nobody has said yet. */
  readonly loss: number | null;
  /** Seconds. */
  readonly jitter: number | null;
  readonly codec: string | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly framesPerSecond: number | null;
  /** What keeps a picture that is sent from being better. */
  readonly limit: 'cpu' | 'bandwidth' | 'other' | null;
}

/** What statistics say of the moment. `null`: there is no such flow. */
export interface Sample {
  readonly at: number;
  readonly route: Route | null;
  /** Seconds there and back. */
  readonly roundTrip: number | null;
  readonly received: { readonly audio: FlowSample | null; readonly video: FlowSample | null };
  readonly sent: { readonly audio: FlowSample | null; readonly video: FlowSample | null };
  readonly frames: number;
}

/** What was seen of one connection to one other browser. */
export interface LinkFacts {
  readonly participant: string;
  readonly name: string;
  readonly presence: 'present' | 'away';
  readonly path: PathState;
  /** When this browser learnt of the other one. */
  readonly since: number;
  /** When the connection's present search for a path began; `null` before that. */
  readonly searching: number | null;
  readonly wasConnected: boolean;
  /** Whether the other side's description came. */
  readonly answered: boolean;
  readonly states: readonly StateFact[];
  readonly local: readonly CandidateFact[];
  readonly remote: readonly CandidateFact[];
  readonly errors: readonly IceErrorFact[];
  readonly samples: readonly Sample[];
  /** Whether the other side says that it sends, muted or not. */
  readonly theySend: { readonly audio: boolean; readonly video: boolean };
  /** What the other browser said of itself (protocol.md §10 `facts`). */
  readonly theirs: Side | null;
  readonly marks: readonly Mark[];
}

/** Something that happened once, for the waterfall. */
export interface Mark {
  readonly at: number;
  readonly what: 'connection' | 'offer_sent' | 'offer_received' | 'answer_sent' | 'answer_received' | 'first_frame';
}

/** The connection to the server. */
export interface ServerFacts {
  readonly host: string;
  readonly port: number;
  readonly state: CallState;
  /** When joining began, and when the server first welcomed us. */
  readonly joining: number | null;
  readonly welcomed: number | null;
  /** Connections that ended before a welcome, since the last one. */
  readonly failures: number;
  /** What an ordinary request to the same server came to, while the connection failed. */
  readonly http: 'unknown' | 'answers' | 'fails';
  /** Milliseconds by which this machine's clock is ahead of the server's. */
  readonly clockAhead: number | null;
}

/** Everything. */
export interface Facts {
  readonly now: number;
  /** Wall clock (milliseconds) at time 0. */
  readonly began: number;
  readonly page: { readonly secure: boolean; readonly webrtc: boolean; readonly online: boolean };
  readonly server: ServerFacts;
  readonly relayOnly: boolean;
  readonly iceServers: readonly IceServerFact[];
  readonly devices: { readonly audio: DeviceState; readonly video: DeviceState };
  readonly links: readonly LinkFacts[];
  readonly events: readonly EventFact[];
}

/** A line of the timeline. */
export interface EventFact {
  readonly at: number;
  readonly what: string;
}

const scheme = /^(stun|stuns|turn|turns):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/i;

export function parseIceUrl(url: string): IceServerFact | null {
  const [, name = '', host = '', port, transport] = scheme.exec(url) ?? [];
  if (!name) return null;
  const isSecure = name.toLowerCase().endsWith('s');
  const kind = name.toLowerCase().startsWith('stun') ? 'stun' : 'turn';
  // RFC 7065 §3.2: TLS over UDP would be DTLS, which no browser speaks to a relay.
  const over = isSecure ? 'tls' : transport?.toLowerCase() === 'tcp' ? 'tcp' : 'udp';
  return { url, kind, host, port: port === undefined ? (isSecure ? 5349 : 3478) : Number(port), transport: over };
}

export function iceServerFacts(servers: readonly RTCIceServer[]): IceServerFact[] {
  return servers.flatMap(({ urls }) => [urls].flat().map(parseIceUrl)).filter((fact) => fact !== null);
}

export function familyOf(address: string): Family {
  if (address.includes(':')) return 'ipv6';
  return /^\d+(\.\d+){3}$/.test(address) ? 'ipv4' : 'name';
}

/** Of a machine or a network at home, and nowhere else. */
export function isPrivate(address: string): boolean {
  if (familyOf(address) === 'ipv6') return /^(f[cd]|fe[89ab])/i.test(address) || address === '::1';
  return /^(10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(address);
}

const line = /^(?:a=)?candidate:\S+ 1 (udp|tcp) \d+ (\S+) (\d+) typ (host|srflx|prflx|relay)(?: raddr (\S+) rport (\d+))?/i;

/** An `RTCIceCandidate`'s text (RFC 8839 §5.1); `null` for other components than the first, and for what is no candidate. */
export function parseCandidate(
  text: string,
  at: number,
  from: { readonly relayProtocol?: unknown; readonly url?: unknown } = {},
): CandidateFact | null {
  const [, protocol, address, port, kind, , base] = line.exec(text) ?? [];
  if (protocol === undefined || address === undefined) return null;
  return {
    at,
    kind: kind as CandidateKind,
    protocol: protocol.toLowerCase() as 'udp' | 'tcp',
    family: familyOf(address),
    address,
    port: Number(port),
    relay: kind === 'relay' ? relayTransport(from) : null,
    base: base === undefined || base === '0' ? null : Number(base),
  };
}

/** How a browser says that it reaches its relay. */
export function relayTransport({
  relayProtocol,
  url,
}: {
  readonly [name: string]: unknown;
  readonly relayProtocol?: unknown;
  readonly url?: unknown;
}): Transport | null {
  if (relayProtocol === 'udp' || relayProtocol === 'tcp' || relayProtocol === 'tls') return relayProtocol;
  return typeof url === 'string' ? (parseIceUrl(url)?.transport ?? null) : null;
}
