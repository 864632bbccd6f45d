// A model of RTCPeerConnection as far as signalling goes: the JSEP state machine (RFC 9429), ICE
// generations by user name fragment, rollback, gathering, and the errors that a browser throws when
// descriptions and candidates come in the wrong order. Two models connect, as browsers would, once
// each has the other's present description and a candidate of it, over an `IceNetwork`.
//
// Whatever a correct page never does is counted in `IceNetwork.violations`.

import { createHash } from 'node:crypto';
import type { Prng } from './prng.ts';
import type { VirtualClock } from './clock.ts';

type SignalingState = 'stable' | 'have-local-offer' | 'have-remote-offer' | 'closed';

interface Session {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
  readonly fragment: string;
}

const candidatesPerGeneration = 2;

/** The paths between models; it can break, as networks do. */
export class IceNetwork {
  readonly violations: string[] = [];
  readonly connections: ModelPeerConnection[] = [];
  readonly #clock: VirtualClock;
  readonly #random: Prng;
  readonly #byFragment = new Map<string, ModelPeerConnection>();
  /** Generations whose path has died: they never carry anything again. */
  readonly #dead = new Set<string>();
  #made = 0;

  constructor(clock: VirtualClock, random: Prng) {
    this.#clock = clock;
    this.#random = random;
  }

  get clock(): VirtualClock {
    return this.#clock;
  }

  create(configuration: RTCConfiguration = {}): ModelPeerConnection {
    this.#made += 1;
    const connection = new ModelPeerConnection(this, this.#made, configuration);
    this.connections.push(connection);
    return connection;
  }

  /** How long the browser takes over something, in milliseconds. */
  delay(): number {
    return this.#random.integer(0, 4);
  }

  newFragment(owner: ModelPeerConnection): string {
    const fragment = `f${this.#made}x${this.#byFragment.size}`;
    this.#byFragment.set(fragment, owner);
    return fragment;
  }

  /** The path that this connection uses dies: only a new generation can replace it. */
  breakPath(connection: ModelPeerConnection): void {
    const fragment = connection.localFragment;
    if (fragment === null || connection.connectionState !== 'connected') return;
    this.#dead.add(fragment);
    for (const end of [connection, this.otherEnd(connection)]) end?.losePath();
  }

  otherEnd(connection: ModelPeerConnection): ModelPeerConnection | null {
    const other = this.#byFragment.get(connection.remoteFragment ?? '');
    const isMutual = other && other.remoteFragment === connection.localFragment && other.localFragment === connection.remoteFragment;
    return isMutual ? other : null;
  }

  /** Whether checks between these two would succeed now. */
  check(connection: ModelPeerConnection): void {
    const other = this.otherEnd(connection);
    if (!other || other.isClosed || !connection.canCheck || !other.canCheck) return;
    if (this.#dead.has(connection.localFragment ?? '') || this.#dead.has(other.localFragment ?? '')) return;
    connection.findPath(other);
    other.findPath(connection);
  }
}

interface SendParameters {
  readonly encodings: { scaleResolutionDownBy?: number }[];
}

interface Transceiver {
  readonly sender: {
    track: unknown;
    replaceTrack(track: unknown): Promise<void>;
    setStreams(): void;
    getParameters(): SendParameters;
    setParameters(parameters: SendParameters): Promise<void>;
  };
  readonly receiver: { readonly track: { readonly kind: string } };
  direction: string;
  mid: string | null;
}

class ModelChannel {
  binaryType = 'arraybuffer';
  bufferedAmount = 0;
  readyState: 'connecting' | 'open' | 'closed' = 'connecting';
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  readonly #deliver: (data: unknown) => void;

  constructor(deliver: (data: unknown) => void) {
    this.#deliver = deliver;
  }

  send(data: unknown): void {
    this.#deliver(data);
  }
}

export class ModelPeerConnection {
  onicecandidate: ((event: { readonly candidate: unknown }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: ((event: { readonly track: unknown }) => void) | null = null;
  signalingState: SignalingState = 'stable';
  connectionState: RTCPeerConnectionState = 'new';
  readonly channels: ModelChannel[] = [];
  readonly #network: IceNetwork;
  readonly #number: number;
  readonly #fingerprint: string;
  readonly #transceivers: Transceiver[] = [];
  #configuration: RTCConfiguration;
  #operations: Promise<unknown> = Promise.resolve();
  #currentLocal: Session | null = null;
  #currentRemote: Session | null = null;
  #pendingLocal: Session | null = null;
  #pendingRemote: Session | null = null;
  #restart = false;
  #descriptions = 0;
  /** Generations of the other side's of which a candidate came. */
  readonly #candidatesOf = new Set<string>();
  #cancelGathering: (() => void) | null = null;
  #cancelFailure: (() => void) | null = null;

  constructor(network: IceNetwork, number: number, configuration: RTCConfiguration) {
    this.#network = network;
    this.#number = number;
    this.#configuration = configuration;
    const hash = createHash('sha256').update(String(number)).digest('hex').toUpperCase();
    this.#fingerprint = `sha-256 ${(hash.match(/../g) ?? []).join(':')}`;
  }

  get localDescription(): Session | null {
    return this.#pendingLocal ?? this.#currentLocal;
  }

  get remoteDescription(): Session | null {
    return this.#pendingRemote ?? this.#currentRemote;
  }

  /** Of the negotiated generation. */
  get localFragment(): string | null {
    return this.#currentLocal?.fragment ?? null;
  }

  get remoteFragment(): string | null {
    return this.#currentRemote?.fragment ?? null;
  }

  get isClosed(): boolean {
    return this.signalingState === 'closed';
  }

  get canCheck(): boolean {
    return !this.isClosed && this.#currentRemote !== null && this.#candidatesOf.has(this.#currentRemote.fragment);
  }

  getConfiguration(): RTCConfiguration {
    return this.#configuration;
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.#configuration = configuration;
  }

  addTransceiver(trackOrKind: string | { readonly kind: string }, init: { readonly direction: string } & { readonly sendEncodings?: SendParameters['encodings'] }): Transceiver {
    const kind = typeof trackOrKind === 'string' ? trackOrKind : trackOrKind.kind;
    const transceiver = makeTransceiver(kind, typeof trackOrKind === 'string' ? null : trackOrKind, init.direction, init.sendEncodings);
    this.#transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers(): readonly Transceiver[] {
    return this.#transceivers;
  }

  createDataChannel(): ModelChannel {
    const channel = new ModelChannel((data) => {
      const other = this.#network.otherEnd(this);
      this.#network.clock.after(this.#network.delay(), () => other?.channels[0]?.onmessage?.({ data }));
    });
    this.channels.push(channel);
    return channel;
  }

  restartIce(): void {
    this.#restart = true;
  }

  setLocalDescription(): Promise<void> {
    return this.#chain(() => {
      if (this.signalingState === 'have-remote-offer') this.#setAnswer();
      else this.#setOffer();
    });
  }

  setRemoteDescription({ type, sdp }: { readonly type: string; readonly sdp: string }): Promise<void> {
    return this.#chain(() => {
      const fragment = /^a=ice-ufrag:(\S+)/m.exec(sdp)?.[1];
      if (fragment === undefined) throw this.#violation('a description without ICE user name fragment');
      if (type === 'offer') this.#takeOffer({ type, sdp, fragment });
      else this.#takeAnswer({ type: 'answer', sdp, fragment });
    });
  }

  addIceCandidate(candidate?: { readonly usernameFragment?: string | null }): Promise<void> {
    return this.#chain(() => {
      const remote = this.remoteDescription;
      if (!remote) throw this.#violation('a candidate before any description');
      if (!candidate) return;
      if (candidate.usernameFragment !== remote.fragment) throw this.#violation('a candidate of another generation');
      this.#candidatesOf.add(remote.fragment);
      this.#network.check(this);
    });
  }

  close(): void {
    const other = this.#network.otherEnd(this);
    this.signalingState = 'closed';
    this.connectionState = 'closed';
    this.#cancelGathering?.();
    this.#cancelFailure?.();
    other?.losePath();
  }

  findPath(other: ModelPeerConnection): void {
    this.#cancelFailure?.();
    this.#cancelFailure = null;
    if (this.connectionState === 'connected') return;
    this.#setConnectionState('connected');
    for (const channel of this.channels) channel.readyState = 'open';
    if (other.isClosed) this.losePath();
  }

  /** `disconnected` after 5 s, `failed` after 15 s, unless another path is found before. */
  losePath(): void {
    if (this.isClosed || this.#cancelFailure) return;
    const { clock } = this.#network;
    this.#cancelFailure = clock.after(5_000, () => {
      this.#cancelFailure = clock.after(10_000, () => {
        this.#cancelFailure = null;
        this.#setConnectionState('failed');
      });
      this.#setConnectionState('disconnected');
    });
  }

  #chain(operation: () => void): Promise<void> {
    const result = this.#operations.then(async () => {
      await new Promise<void>((resolve) => this.#network.clock.after(this.#network.delay(), resolve));
      // On a closed connection nothing ever settles.
      if (this.isClosed) return new Promise<void>(() => undefined);
      operation();
    });
    this.#operations = result.catch(() => undefined);
    return result;
  }

  #setOffer(): void {
    if (this.signalingState !== 'stable' && this.signalingState !== 'have-local-offer') {
      throw this.#violation(`an offer in ${this.signalingState}`);
    }
    this.#transceivers.forEach((transceiver, index) => (transceiver.mid ??= String(index)));
    const kept = this.#restart ? null : (this.localDescription?.fragment ?? null);
    this.#restart = false;
    this.#pendingLocal = this.#describe('offer', kept ?? this.#network.newFragment(this));
    this.signalingState = 'have-local-offer';
    if (kept === null) this.#gather(this.#pendingLocal.fragment);
  }

  #setAnswer(): void {
    const offer = this.#pendingRemote as Session;
    // A restart by one side is a restart by both (RFC 8839 §4.4.1.1.1).
    const isRestart = offer.fragment !== this.#currentRemote?.fragment;
    const kept = isRestart ? null : (this.#currentLocal?.fragment ?? null);
    const answer = this.#describe('answer', kept ?? this.#network.newFragment(this));
    this.#restart = false;
    this.#currentLocal = answer;
    this.#currentRemote = offer;
    this.#pendingRemote = null;
    this.signalingState = 'stable';
    if (kept === null) this.#gather(answer.fragment);
    this.#negotiated();
  }

  #takeOffer(offer: Session): void {
    if (this.signalingState === 'have-remote-offer') throw this.#violation('an offer upon an offer');
    if (this.signalingState === 'have-local-offer') this.#rollBack();
    this.#pendingRemote = offer;
    this.signalingState = 'have-remote-offer';
    // Transceivers made by addTransceiver are never matched to an offer's (RFC 9429 §5.10).
    for (const [, kind, mid] of offer.sdp.matchAll(/^m=(audio|video) mid=(\d+)/gm)) {
      if (this.#transceivers.some((transceiver) => transceiver.mid === mid)) continue;
      const transceiver = makeTransceiver(kind as string, null, 'recvonly');
      transceiver.mid = mid as string;
      this.#transceivers.push(transceiver);
    }
  }

  #takeAnswer(answer: Session): void {
    if (this.signalingState !== 'have-local-offer') throw this.#violation(`an answer in ${this.signalingState}`);
    this.#currentLocal = this.#pendingLocal;
    this.#currentRemote = answer;
    this.#pendingLocal = null;
    this.signalingState = 'stable';
    this.#negotiated();
  }

  #rollBack(): void {
    if (!this.#currentLocal) for (const transceiver of this.#transceivers) transceiver.mid = null;
    this.#pendingLocal = null;
    this.#cancelGathering?.();
    this.signalingState = 'stable';
  }

  #negotiated(): void {
    if (this.connectionState === 'new') {
      this.#setConnectionState('connecting');
      for (const { receiver } of this.#transceivers) this.ontrack?.({ track: receiver.track });
    }
    this.#network.check(this);
  }

  #describe(type: 'offer' | 'answer', fragment: string): Session {
    this.#descriptions += 1;
    const lines = [
      'v=0',
      `o=- ${this.#number} ${this.#descriptions} IN IP4 127.0.0.1`,
      `a=fingerprint:${this.#fingerprint}`,
      ...this.#transceivers.map(({ mid, receiver }) => `m=${receiver.track.kind} mid=${mid}`),
      `a=ice-ufrag:${fragment}`,
    ];
    return { type, fragment, sdp: `${lines.join('\r\n')}\r\n` };
  }

  #gather(fragment: string): void {
    this.#cancelGathering?.();
    const emit = (left: number): void => {
      const [host, port] = [`10.0.0.${this.#number % 256}`, 1024 + left];
      const text = left === 1
        ? `candidate:1 1 udp 1 192.0.2.1 ${port + 1} typ srflx raddr ${host} rport ${port + 1}`
        : `candidate:${left} 1 udp 1 ${host} ${port} typ host`;
      const candidate = left > 0 ? { candidate: text, usernameFragment: fragment, sdpMid: '0' } : null;
      this.onicecandidate?.({ candidate: candidate && { ...candidate, toJSON: () => candidate } });
      if (left > 0) this.#cancelGathering = this.#network.clock.after(this.#network.delay(), () => emit(left - 1));
    };
    this.#cancelGathering = this.#network.clock.after(this.#network.delay(), () => emit(candidatesPerGeneration));
  }

  #setConnectionState(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  #violation(what: string): Error {
    const text = `connection ${this.#number} was given ${what}`;
    this.#network.violations.push(text);
    return new Error(text);
  }
}

function makeTransceiver(kind: string, track: unknown, direction: string, encodings: SendParameters['encodings'] = [{}]): Transceiver {
  let parameters: SendParameters = { encodings };
  const sender = {
    track,
    replaceTrack: (next: unknown) => {
      sender.track = next;
      return Promise.resolve();
    },
    setStreams: () => undefined,
    getParameters: () => structuredClone(parameters),
    setParameters: (next: SendParameters) => {
      parameters = next;
      return Promise.resolve();
    },
  };
  return { sender, receiver: { track: { kind } }, direction, mid: null };
}
