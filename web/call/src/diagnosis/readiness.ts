/**
 * Whether a call would work from here, by what a trial of each way came to. Pure, but for `tryAll`. On its own, so that a
 * lobby need not load what explains a call.
 *
 * @module
 */

import type { IceServerFact, Transport } from './facts.ts';
import { iceServerFacts } from './facts.ts';
import type { Trial } from './relay_trial.ts';
import { tryWay } from './relay_trial.ts';
import { transportName } from './situation.ts';

export { iceServerFacts };

/** `same`: without any server. */
export type Way = 'same' | Transport;
export type Trials = Readonly<Partial<Record<Way, Trial>>>;

export interface Readiness {
  readonly network: 'same' | 'others' | 'locked';
  readonly works: boolean | null;
  /** By what, or why not; `null` while it is not known. */
  readonly how: string | null;
}

const timeout = 5_000;
/** The one port besides 80 that every office lets through. */
const httpsPort = 443;

/** The servers of one transport, as the browser is to be given them. */
export function serversOver(iceServers: readonly RTCIceServer[], over: Transport): RTCIceServer[] {
  return iceServers.flatMap((server) => {
    const urls = [server.urls]
      .flat()
      .filter((url) => iceServerFacts([{ urls: url }]).some(({ kind, transport }) => kind === 'turn' && transport === over));
    return urls.length === 0 ? [] : [{ ...server, urls }];
  });
}

/** One after the other, so that it takes little of what the page needs; ends at once when `signal` says so. */
export async function tryAll(
  iceServers: readonly RTCIceServer[],
  signal: AbortSignal,
  connect: (configuration: RTCConfiguration) => RTCPeerConnection,
  told: (trials: Trials) => void,
): Promise<void> {
  let trials: Trials = {};
  const ways: readonly Way[] = ['same', 'udp', 'tcp', 'tls'];
  for (const way of ways) {
    const servers = way === 'same' ? [] : serversOver(iceServers, way);
    if (way !== 'same' && servers.length === 0) continue;
    const trial = await tryWay({ iceServers: servers, relayOnly: way !== 'same', timeout, signal, connect });
    if (signal.aborted) return;
    trials = { ...trials, [way]: trial };
    told(trials);
  }
}

export function readinessOf(trials: Trials, servers: readonly IceServerFact[]): readonly Readiness[] {
  const relays = servers.filter(({ kind }) => kind === 'turn');
  return [sameNetwork(trials.same), otherNetworks(trials, relays), lockedDown(trials, relays)];
}

function sameNetwork(trial: Trial | undefined): Readiness {
  const how = trial && !trial.works ? 'this browser makes no connections: an extension or a policy keeps calls from it' : null;
  return { network: 'same', works: trial?.works ?? null, how };
}

function otherNetworks(trials: Trials, relays: readonly IceServerFact[]): Readiness {
  const network = 'others';
  if (relays.length === 0)
    return { network, works: false, how: 'this server offers no relay, so strict networks cannot be crossed' };
  const over = (['udp', 'tcp', 'tls'] as const).find((way) => trials[way]?.works);
  if (over) return { network, works: true, how: `relay over ${transportName[over]}` };
  const tried = relays.every(({ transport }) => trials[transport]);
  return { network, works: tried ? false : null, how: tried ? whyNot(trials, relays) : null };
}

function lockedDown(trials: Trials, relays: readonly IceServerFact[]): Readiness {
  const network = 'locked';
  const overTls = relays.filter(({ transport }) => transport === 'tls');
  const only443 = 'such networks let only TLS on port 443 through';
  if (overTls.length === 0) return { network, works: false, how: `${only443}, and this server offers no relay over TLS` };
  const { tls } = trials;
  if (!tls) return { network, works: null, how: null };
  if (!tls.works) return { network, works: false, how: `${only443}; the relay over TLS ${failed(tls)}` };
  const ports = overTls.map(({ port }) => port);
  return ports.includes(httpsPort)
    ? { network, works: true, how: 'TLS, port 443' }
    : { network, works: false, how: `${only443}, and this relay’s TLS is on port ${ports[0]}` };
}

function whyNot(trials: Trials, relays: readonly IceServerFact[]): string {
  const failures = relays.map(({ transport }) => trials[transport]).filter((trial) => trial !== undefined);
  const refusal = failures.find(({ code }) => code > 0 && code < 700);
  return refusal ? `the relay ${failed(refusal)}` : 'the relay does not answer: a firewall on your network, or it is down';
}

/** What came of a trial that did not work: “refused the access (401)”. */
export function failed({ code, text, found, timedOut }: Trial): string {
  if (code === 401 || code === 438) return `refused the access that this page was given (${code})`;
  if (code === 486 || code === 508) return `has no place left (${code})`;
  if (code > 0 && code < 700) return `refused (${code})`;
  if (found !== null) return 'answers, but lets nothing through';
  if (text.includes('lookup')) return 'has a name that leads nowhere';
  return timedOut ? 'does not answer' : 'cannot be reached';
}
