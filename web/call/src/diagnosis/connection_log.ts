// What happens to one RTCPeerConnection, written down as it happens. Listens and never acts.

import type { CandidateFact, IceErrorFact, Mark, Route, Sample, StateFact } from './facts.ts';
import { familyOf, parseCandidate } from './facts.ts';
import type { Stats, StatsEntry } from './stats.ts';
import { relaysOf, sampleOf } from './stats.ts';

const maxStates = 128;
const maxCandidates = 64;
const maxErrors = 32;
/** Three minutes, a reading a second. */
const maxSamples = 180;

export class ConnectionLog {
  readonly connection: RTCPeerConnection;
  readonly states: StateFact[] = [];
  readonly local: CandidateFact[] = [];
  readonly remote: CandidateFact[] = [];
  readonly errors: IceErrorFact[] = [];
  readonly samples: Sample[] = [];
  readonly marks: Mark[] = [];
  /** When the present search for a path began, however often ICE was restarted since. */
  searching: number | null = null;
  wasConnected = false;
  readonly #now: () => number;
  #gatheringSince = 0;
  #foundSince = false;
  #before: Stats | null = null;
  #reading: Promise<Sample | null> | null = null;
  #transport: RTCDtlsTransport | null = null;

  constructor(connection: RTCPeerConnection, now: () => number) {
    this.connection = connection;
    this.#now = now;
    this.mark('connection');
    connection.addEventListener('icecandidate', ({ candidate }) => candidate && this.#addLocal(candidate));
    connection.addEventListener('icecandidateerror', (event) => this.#addError(event as RTCPeerConnectionIceErrorEvent));
    connection.addEventListener('icegatheringstatechange', () => this.#gathering(connection.iceGatheringState));
    connection.addEventListener('iceconnectionstatechange', () => this.#note('ice', connection.iceConnectionState));
    connection.addEventListener('connectionstatechange', () => this.#connected(connection.connectionState));
    connection.addEventListener('signalingstatechange', () => this.#negotiated(connection.signalingState));
  }

  get answered(): boolean {
    return this.connection.remoteDescription !== null;
  }

  mark(what: Mark['what']): void {
    if (!this.marks.some((mark) => mark.what === what)) this.marks.push({ at: this.#now(), what });
  }

  note(what: StateFact['what'], state: string): void {
    this.#note(what, state);
  }

  /** Takes a reading of the statistics; `null` when the connection is over. One at a time: some browsers keep them back for half a minute. */
  sample(): Promise<Sample | null> {
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #read(): Promise<Sample | null> {
    if (this.connection.signalingState === 'closed') return null;
    const report = await this.connection.getStats().catch(() => null);
    if (!report) return null;
    const stats: StatsEntry[] = [];
    report.forEach((entry: StatsEntry) => stats.push(entry));
    const sample = sampleOf(stats, this.#before, this.#now());
    this.#before = stats;
    this.#learn(stats, sample.route);
    keep(this.samples, sample, maxSamples);
    if (sample.frames > 0) this.mark('first_frame');
    return sample;
  }

  #addLocal(candidate: RTCIceCandidate): void {
    const fact = parseCandidate(candidate.candidate, this.#now(), candidate as { relayProtocol?: unknown; url?: unknown });
    if (fact && this.local.length < maxCandidates) this.local.push(fact);
  }

  #addError({ url, errorCode, errorText }: RTCPeerConnectionIceErrorEvent): void {
    const at = this.#now();
    if (this.errors.length < maxErrors)
      this.errors.push({ at, after: at - this.#gatheringSince, url, code: errorCode, text: errorText });
  }

  #gathering(state: RTCIceGatheringState): void {
    this.#note('gathering', state);
    if (state !== 'gathering') return;
    this.#gatheringSince = this.#now();
    if (this.searching === null || this.#foundSince) this.searching = this.#now();
    this.#foundSince = false;
  }

  #connected(state: RTCPeerConnectionState): void {
    this.#note('connection', state);
    if (state === 'connected') {
      this.wasConnected = true;
      this.#foundSince = true;
      this.#note('dtls', 'connected');
    }
  }

  #negotiated(state: RTCSignalingState): void {
    if (state === 'have-local-offer') this.mark('offer_sent');
    if (state === 'have-remote-offer') this.mark('offer_received');
    if (state === 'stable')
      this.mark(this.marks.some(({ what }) => what === 'offer_received') ? 'answer_sent' : 'answer_received');
    // Both media share one transport, which exists from the first description on.
    const transport = this.connection.getSenders?.()[0]?.transport ?? null;
    if (!transport || transport === this.#transport) return;
    this.#transport = transport;
    const changed = () => this.#note('dtls', transport.state);
    transport.addEventListener('statechange', changed);
    changed();
  }

  /** What events do not tell in every browser. */
  #learn(stats: Stats, route: Route | null): void {
    for (const { address, port, relay } of relaysOf(stats)) {
      const index = this.local.findIndex(
        (fact) => fact.relay === null && fact.kind === 'relay' && fact.address === address && fact.port === port,
      );
      const fact = this.local[index];
      if (fact) this.local[index] = { ...fact, relay };
    }
    for (const entry of stats) if (entry.type === 'remote-candidate') this.#addRemote(entry);
    // Seen by the other side only: how our own router maps.
    if (route?.local.kind === 'prflx' && !this.local.some(({ kind, port }) => kind === 'prflx' && port === route.local.port)) {
      const { family, address, port } = route.local;
      this.local.push({
        at: this.#now(),
        kind: 'prflx',
        protocol: route.protocol,
        family,
        address,
        port,
        relay: null,
        base: null,
      });
    }
  }

  #addRemote(entry: StatsEntry): void {
    const {
      candidateType: kind,
      address,
      port,
      protocol,
    } = entry as unknown as { candidateType: CandidateFact['kind']; address?: string; port: number; protocol: string };
    const at = address ?? '';
    if (
      this.remote.length >= maxCandidates ||
      this.remote.some((fact) => fact.address === at && fact.port === port && fact.kind === kind)
    )
      return;
    this.remote.push({
      at: this.#now(),
      kind,
      protocol: protocol === 'tcp' ? 'tcp' : 'udp',
      family: familyOf(at),
      address: at,
      port,
      relay: null,
      base: null,
    });
  }

  #note(what: StateFact['what'], state: string): void {
    if (this.states.findLast((fact) => fact.what === what)?.state === state) return;
    keep(this.states, { at: this.#now(), what, state }, maxStates);
  }
}

export function keep<Value>(list: Value[], value: Value, most: number): void {
  list.push(value);
  if (list.length > most) list.shift();
}
