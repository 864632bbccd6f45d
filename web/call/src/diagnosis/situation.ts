// What the rules of the verdict ask of the facts: one link, seen from both ends. Pure.

import type { Facts, IceServerFact, LinkFacts, RouteEnd, Sample, Transport } from './facts.ts';
import type { Side } from './side.ts';
import { average, sideOf } from './side.ts';

/** No relay answers later than this where one answers at all; by then it may be said that there is trouble. */
const patience = 3_500;
/** Samples that an average is taken over: about as many seconds. */
const lately = 5;

export interface Situation {
  readonly facts: Facts;
  readonly link: LinkFacts;
  readonly mine: Side;
  readonly theirs: Side | null;
  /** The other person. */
  readonly name: string;
  /** The server, as people know it. */
  readonly host: string;
  readonly relay: IceServerFact | null;
  /** There is a path, or so ICE says. */
  readonly connected: boolean;
  /** Long enough without one. */
  readonly stuck: boolean;
  readonly latest: Sample | null;
}

export function situationOf(facts: Facts, link: LinkFacts): Situation {
  const mine = sideOf(facts, link);
  const waited = facts.now - Math.max(link.since, lastBroken(link) ?? link.since);
  return {
    facts,
    link,
    mine,
    theirs: link.theirs,
    name: link.name.trim() || 'the other person',
    host: facts.server.host,
    relay: facts.iceServers.find(({ kind }) => kind === 'turn') ?? null,
    connected: link.path === 'connected',
    stuck: link.path === 'failed' || (link.path !== 'connected' && waited > patience),
    latest: link.samples.at(-1) ?? null,
  };
}

/** When the path that there was broke. */
function lastBroken(link: LinkFacts): number | null {
  if (!link.wasConnected) return null;
  return link.states.findLast(({ what, state }) => what === 'path' && state !== 'connected' && state !== 'failed')?.at ?? null;
}

/** Whose trouble it is, when it is one that either end can have. */
export type Who = 'you' | 'other' | 'both';

export function whose(situation: Situation, has: (side: Side, situation: Situation) => boolean): Who | null {
  const { mine, theirs } = situation;
  const here = has(mine, situation);
  const there = theirs !== null && has(theirs, situation);
  return here && there ? 'both' : here ? 'you' : there ? 'other' : null;
}

/** “your network”, “Ann’s network”, “your network and on Ann’s”. */
export function networkOf(who: Who, name: string): string {
  return { you: 'your network', other: `${name}’s network`, both: `your network and on ${name}’s` }[who];
}

export function browserOf(who: Who, name: string): string {
  return { you: 'your browser', other: `${name}’s browser`, both: 'neither browser' }[who];
}

/** It had time to find the relay. */
export const hadTime = (side: Side): boolean => side.gathered || side.looking > patience;

/** It was offered relays and got none. */
export const hasNoRelay = (side: Side): boolean => side.offered.length > 0 && side.relayed.length === 0 && hadTime(side);

export function refusedWith(...codes: readonly number[]): (side: Side) => boolean {
  return ({ errors, relayed }) =>
    relayed.length === 0 && errors.some(({ kind, code }) => kind === 'turn' && codes.includes(code));
}

/** “UDP and TCP, port 3478”. */
export function waysOf(servers: readonly IceServerFact[]): string {
  const ways = new Map<number, string[]>();
  for (const { kind, port, transport } of servers) {
    if (kind !== 'turn') continue;
    const known = ways.get(port) ?? [];
    if (!known.includes(transportName[transport])) ways.set(port, [...known, transportName[transport]]);
  }
  return [...ways].map(([port, names]) => `${listOf(names)} (port ${port})`).join(' and ');
}

export const transportName: Readonly<Record<Transport, string>> = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' };

export function listOf(names: readonly string[], word = 'and'): string {
  if (names.length < 3) return names.join(` ${word} `);
  return `${names.slice(0, -1).join(', ')} ${word} ${names.at(-1)}`;
}

/** The end of the path in use that goes by a relay: ours, if both do. */
export function relayEnd({ latest }: Situation): { readonly end: RouteEnd; readonly isOurs: boolean } | null {
  const route = latest?.route;
  if (!route) return null;
  if (route.local.kind === 'relay') return { end: route.local, isOurs: true };
  return route.remote.kind === 'relay' ? { end: route.remote, isOurs: false } : null;
}

export function isRelayed(situation: Situation): boolean {
  return situation.connected && relayEnd(situation) !== null;
}

/** Share of packets lost lately, each way. */
export function losses({ link, theirs }: Situation): { readonly here: number | null; readonly there: number | null } {
  const recent = link.samples.slice(-lately);
  const inbound = recent.flatMap(({ received }) => [received.video?.loss ?? null, received.audio?.loss ?? null]);
  const outbound = recent.flatMap(({ sent }) => [sent.video?.loss ?? null, sent.audio?.loss ?? null]);
  return { here: average(inbound), there: theirs?.loss ?? average(outbound) };
}

export function roundTrip({ link }: Situation): number | null {
  return average(link.samples.slice(-lately).map((sample) => sample.roundTrip));
}

export function percent(share: number): string {
  return `${Math.max(1, Math.round(share * 100))} %`;
}
