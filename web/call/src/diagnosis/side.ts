// One end of a link, summed up: what it was offered, what came of it, what it gets. Each browser makes its own from its
// facts and sends it to the other (docs/protocol.md §10 `facts`), so that both know both and come to the same verdict. It
// names no address. Pure.

import type { CandidateFact, DeviceState, Facts, Family, IceErrorFact, IceServerFact, LinkFacts, Transport } from './facts.ts';
import { familyOf, isPrivate, parseIceUrl } from './facts.ts';

export const sideVersion = 1;
const maxErrors = 8;
/** A server nearby answers in a fraction of this; after it, silence means something. */
const silenceMeans = 2_500;
/** Both browsers ask a server again and again for some ten seconds before they give it up. */
const nameFailsWithin = 2_500;
/** What Firefox says where the relay said 508. */
const firefoxFull = 65_535;

const transports = ['udp', 'tcp', 'tls'] as const;
const families = ['ipv4', 'ipv6', 'name'] as const;
const devices = ['on', 'off', 'denied', 'missing', 'busy', 'unplugged'] as const;
const nats = ['unknown', 'open', 'steady', 'changing'] as const;
const limits = ['cpu', 'bandwidth', 'other'] as const;
const iceStates = ['new', 'checking', 'connected', 'completed', 'disconnected', 'failed', 'closed'] as const;
const dtlsStates = ['new', 'connecting', 'connected', 'closed', 'failed'] as const;

/** `open`: no NAT. `steady`: one port for whoever it talks to. `changing`: another port for each (symmetric). */
export type Nat = (typeof nats)[number];

export interface SideError {
  readonly kind: 'stun' | 'turn';
  readonly transport: Transport;
  /** As of `icecandidateerror`: STUN's error codes, and 701 when there was no answer at all. */
  readonly code: number;
  /** What the browser said about a 701, as far as it tells causes apart. */
  readonly cause: 'silence' | 'name' | 'connection' | null;
}

export interface Side {
  readonly version: number;
  /** Ways to servers that it was offered. */
  readonly stun: boolean;
  readonly offered: readonly Transport[];
  readonly relayOnly: boolean;
  /** Milliseconds since it began to look for paths; 0 before. */
  readonly looking: number;
  readonly gathered: boolean;
  /** Families of its own addresses, and of those that a server saw it by. */
  readonly host: readonly Family[];
  readonly reflexive: readonly Family[];
  /** Transports over which it has the relay. */
  readonly relayed: readonly Transport[];
  /** An address at which the relay says it can be reached is one that only exists inside some network. */
  readonly relayIsPrivate: boolean;
  readonly errors: readonly SideError[];
  readonly udp: 'unknown' | 'works' | 'blocked';
  readonly nat: Nat;
  readonly ice: (typeof iceStates)[number];
  readonly dtls: (typeof dtlsStates)[number];
  readonly audio: DeviceState;
  readonly video: DeviceState;
  /** Whether packets came in the last interval; `null` when it cannot be known. */
  readonly hears: boolean | null;
  readonly sees: boolean | null;
  readonly sendsAudio: boolean | null;
  readonly sendsVideo: boolean | null;
  /** Share of the other's packets that got lost on their way here, lately. */
  readonly loss: number | null;
  readonly limit: (typeof limits)[number] | null;
}

/** Averages over the latest samples of a link. */
const lately = 5;

export function sideOf(facts: Facts, link: LinkFacts): Side {
  const turn = facts.iceServers.filter(({ kind }) => kind === 'turn');
  const relays = link.local.filter(({ kind }) => kind === 'relay');
  const state = (what: string) => link.states.findLast((fact) => fact.what === what)?.state ?? 'new';
  const recent = link.samples.slice(-lately);
  const flows = (direction: 'received' | 'sent', kind: 'audio' | 'video') => recent.map((sample) => sample[direction][kind]);
  const errors = errorsOf(link);
  const looking = link.searching === null ? 0 : Math.max(0, Math.round(facts.now - link.searching));
  const relayed = transports.filter((over) => relays.some(({ relay }) => (relay ?? 'udp') === over));
  const side = {
    version: sideVersion,
    stun: facts.iceServers.some(({ kind }) => kind === 'stun'),
    offered: transports.filter((over) => turn.some(({ transport }) => transport === over)),
    relayOnly: facts.relayOnly,
    looking,
    gathered: state('gathering') === 'complete',
    host: familiesOf(link, 'host'),
    reflexive: familiesOf(link, 'srflx'),
    relayed,
    relayIsPrivate: relays.length > 0 && relays.every(({ address }) => isPrivate(address)),
    errors,
    nat: natOf(link.local),
    ice: state('ice') as Side['ice'],
    dtls: state('dtls') as Side['dtls'],
    audio: facts.devices.audio,
    video: facts.devices.video,
    hears: arrives(flows('received', 'audio')),
    sees: arrives(flows('received', 'video')),
    sendsAudio: arrives(flows('sent', 'audio')),
    sendsVideo: arrives(flows('sent', 'video')),
    loss: rounded(
      average(
        flows('received', 'video')
          .concat(flows('received', 'audio'))
          .map((flow) => flow?.loss ?? null),
      ),
    ),
    limit: usualLimit(flows('sent', 'video').map((flow) => flow?.limit ?? null)),
  };
  return { ...side, udp: udpOf(side, link) };
}

/** UDP is taken for blocked when a server that would answer it does not, and other ways are open. */
function udpOf(side: Omit<Side, 'udp'>, link: LinkFacts): Side['udp'] {
  const overUdp =
    side.reflexive.length > 0 || side.relayed.includes('udp') || link.samples.some(({ route }) => route?.local.kind === 'prflx');
  if (overUdp) return 'works';
  // A refusal is an answer, too.
  if (side.errors.some(({ transport, code }) => transport === 'udp' && code < 700)) return 'works';
  const asked = side.offered.includes('udp') || (side.stun && !side.relayOnly);
  const silent = side.errors.some(({ transport, cause }) => transport === 'udp' && cause === 'silence');
  const otherWay = side.relayed.some((over) => over !== 'udp');
  if (!asked) return 'unknown';
  if (silent || (otherWay && side.looking > silenceMeans)) return 'blocked';
  // Still asking, and nothing else has failed: Chromium tells of silence after more than ten seconds only.
  return side.looking > silenceMeans && !side.gathered && side.errors.length === 0 ? 'blocked' : 'unknown';
}

function familiesOf(link: LinkFacts, of: 'host' | 'srflx'): Family[] {
  return families.filter((family) => link.local.some((candidate) => candidate.kind === of && candidate.family === family));
}

/** Two destinations that saw two ports of one socket: the router maps each afresh. */
export function natOf(candidates: readonly CandidateFact[]): Nat {
  const seen = candidates.filter(
    ({ kind, protocol, family }) => (kind === 'srflx' || kind === 'prflx') && protocol === 'udp' && family === 'ipv4',
  );
  for (const one of seen) {
    for (const other of seen) {
      if (one.base !== null && one.base === other.base && one.address === other.address && one.port !== other.port)
        return 'changing';
    }
  }
  const hosts = candidates.filter(({ kind }) => kind === 'host');
  if (seen.some(({ address }) => hosts.some((host) => host.address === address))) return 'open';
  const mapped = seen.filter(({ base }) => base !== null);
  return mapped.some((one, i) => mapped.slice(i + 1).some((other) => other.base === one.base)) ? 'steady' : 'unknown';
}

function errorsOf({ errors }: LinkFacts): SideError[] {
  const kept = new Map<string, SideError>();
  for (const error of errors) {
    const server = parseIceUrl(error.url);
    if (!server) continue;
    const { kind, transport } = server;
    const code = error.code === firefoxFull ? 508 : error.code;
    // Firefox gives up at once what has been silent before.
    const wasSilent = errors.some((other) => other.url === error.url && other.after > nameFailsWithin);
    const summed = { kind, transport, code, cause: code >= 700 ? causeOf(error, server, wasSilent) : null };
    kept.set(JSON.stringify(summed), summed);
  }
  return [...kept.values()].slice(0, maxErrors);
}

/** Chromium says so; Firefox says nothing, but silence takes its time, and a name that leads nowhere does not. */
function causeOf({ text, after }: IceErrorFact, { transport, host }: IceServerFact, wasSilent: boolean): SideError['cause'] {
  if (text.includes('lookup')) return 'name';
  if (transport !== 'udp') return 'connection';
  return !wasSilent && after < nameFailsWithin && familyOf(host.replace(/[[\]]/g, '')) === 'name' ? 'name' : 'silence';
}

function arrives(flows: readonly ({ readonly packets: number } | null)[]): boolean | null {
  const known = flows.filter((flow) => flow !== null);
  // One interval may be empty by chance.
  return known.length < 3 ? null : known.slice(-3).some(({ packets }) => packets > 0);
}

export function average(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** So that the other side is not told of every packet. */
function rounded(loss: number | null): number | null {
  return loss === null ? null : Math.round(loss * 50) / 50;
}

function usualLimit(values: readonly Side['limit'][]): Side['limit'] {
  return limits.find((limit) => values.filter((value) => value === limit).length > values.length / 2) ?? null;
}

/** What came from another browser; `null` when it is not one of these, or of a later version that changed their meaning. */
export function parseSide(value: unknown): Side | null {
  if (typeof value !== 'object' || value === null) return null;
  const given = value as Readonly<Record<string, unknown>>;
  if (given['version'] !== sideVersion) return null;
  return {
    version: sideVersion,
    stun: given['stun'] === true,
    offered: listOf(transports, given['offered']),
    relayOnly: given['relayOnly'] === true,
    looking: count(given['looking']),
    gathered: given['gathered'] === true,
    host: listOf(families, given['host']),
    reflexive: listOf(families, given['reflexive']),
    relayed: listOf(transports, given['relayed']),
    relayIsPrivate: given['relayIsPrivate'] === true,
    errors: Array.isArray(given['errors'])
      ? given['errors']
          .slice(0, maxErrors)
          .map(parseSideError)
          .filter((error) => error !== null)
      : [],
    udp: oneOf(['unknown', 'works', 'blocked'], given['udp'], 'unknown'),
    nat: oneOf(nats, given['nat'], 'unknown'),
    ice: oneOf(iceStates, given['ice'], 'new'),
    dtls: oneOf(dtlsStates, given['dtls'], 'new'),
    audio: oneOf(devices, given['audio'], 'on'),
    video: oneOf(devices, given['video'], 'on'),
    hears: maybe(given['hears']),
    sees: maybe(given['sees']),
    sendsAudio: maybe(given['sendsAudio']),
    sendsVideo: maybe(given['sendsVideo']),
    loss: share(given['loss']),
    limit: oneOf([...limits, null], given['limit'], null),
  };
}

function parseSideError(value: unknown): SideError | null {
  if (typeof value !== 'object' || value === null) return null;
  const { kind, transport, code, cause } = value as Readonly<Record<string, unknown>>;
  return {
    kind: oneOf(['stun', 'turn'], kind, 'stun'),
    transport: oneOf(transports, transport, 'udp'),
    code: count(code),
    cause: oneOf(['silence', 'name', 'connection', null], cause, null),
  };
}

function oneOf<const Value>(values: readonly Value[], value: unknown, otherwise: Value): Value {
  return values.find((known) => known === value) ?? otherwise;
}

function listOf<const Value>(values: readonly Value[], given: unknown): Value[] {
  return Array.isArray(given) ? values.filter((value) => given.includes(value)) : [];
}

function count(value: unknown): number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value) ? Math.round(value) : 0;
}

function share(value: unknown): number | null {
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : null;
}

function maybe(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}
