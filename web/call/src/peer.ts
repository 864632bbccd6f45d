// The other browser, as far as one link reaches: the link's messages, the RTCPeerConnection that they
// set up, and what the other side says of itself. A peer may wait for its participant: the first offer
// is made, and left with the server, before anyone has come to take it (docs/protocol.md §4).

import type { Environment } from './environment.ts';
import type { LinkContext, LinkFailure } from './link.ts';
import { Link } from './link.ts';
import type { Mapping } from './mapping.ts';
import { Negotiation } from './negotiation.ts';
import type { Silence } from './path_watch.ts';
import { noSilence } from './path_watch.ts';
import type { Body, Message } from './protocol.ts';
import { isShort } from './protocol.ts';
import { Recovery } from './recovery.ts';
import type { ChannelData, LocalMedia, MediaKind, PathState } from './types.ts';
import { fingerprintOf, Verification } from './verification.ts';

const channelLabel = 'plntry';
/** More than this waiting in the data channel means that the path cannot keep up. */
const maxChannelBuffer = 1 << 20;
/** By then a browser knows what bitrate the path bears. */
const enlargeAfter = 1000;
/** A silence this soon after a restart, or an offer to restart, is not asked to be ended once more. */
const restartLasts = 500;
/** A silence as long as this is told to people. */
const toldSilence = 1000;

export type PeerFailure = LinkFailure | 'man_in_the_middle' | 'negotiation';

export interface PeerOwner {
  transmit(peer: Peer, body: Body, forLobby: boolean): void;
  changed(): void;
  /** A track of the other side's came. */
  received(peer: Peer, track: MediaStreamTrack): void;
  message(peer: Peer, data: ChannelData): void;
  /** How the other end fares. */
  facts(peer: Peer, facts: object): void;
  fail(peer: Peer, failure: PeerFailure): void;
  /** Nothing arrives, and another path is looked for, or may have to be; or what arrives does so again. */
  silent(peer: Peer, silence: Silence): void;
}

/** What this browser says of itself. */
export interface Self {
  readonly name: () => string;
  readonly media: () => LocalMedia;
  /** Carries nothing itself; its id ties audio to video. */
  readonly stream: MediaStream;
  /** Under which addresses it is seen. */
  readonly mapping: Mapping;
  /** When its person has joined: until then nothing is said. */
  readonly joined: Promise<void>;
  readonly isInLobby: () => boolean;
}

/** What the other browser says of itself. */
export interface Introduction {
  readonly name: string;
  readonly audio: boolean;
  readonly video: boolean;
}

export class Peer {
  readonly link: Link;
  /** Whether this side made the link, and so the first offer. */
  readonly made: boolean;
  readonly connection: RTCPeerConnection;
  /** Who has the link; `null` while it is held. */
  participant: string | null;
  introduction: Introduction | null = null;
  words: readonly string[] | null = null;
  readonly #self: Self;
  readonly #owner: PeerOwner;
  readonly #negotiation: Negotiation;
  readonly #channel: RTCDataChannel;
  readonly #verification: Verification | null;
  #fingerprint: string | null = null;
  #introduced = false;
  readonly #environment: Environment;
  #cancelEnlarging: (() => void) | null = null;
  #unwatch: (() => void) | null = null;
  readonly #recovery = new Recovery();
  /** How long the present silence lasts, if it is certain, milliseconds. */
  #silence = 0;
  #restartedAt = -Infinity;
  #wasConnected = false;
  #broken = false;
  #closed = false;

  constructor(
    link: { readonly id: string; readonly made: boolean; readonly participant: string | null },
    connection: RTCPeerConnection,
    context: LinkContext,
    self: Self,
    owner: PeerOwner,
  ) {
    this.made = link.made;
    this.participant = link.participant;
    this.connection = connection;
    this.#self = self;
    this.#owner = owner;
    this.#environment = context.environment;
    this.#verification = context.sealer ? null : new Verification(this.#environment.crypto, link.id, context.self);
    this.link = new Link(link, context, {
      transmit: (_, body, forLobby) => owner.transmit(this, body, forLobby),
      deliver: (message) => this.#handle(message),
      fail: (failure) => owner.fail(this, failure),
    });
    this.#negotiation = new Negotiation(connection, self.stream, link.made, {
      media: self.media,
      isInLobby: self.isInLobby,
      emit: (message) => this.#emit(message),
      mapping: self.mapping,
      fail: () => this.#break(),
    });
    this.#channel = this.#openChannel();
    connection.ontrack = ({ track }) => owner.received(this, track);
    connection.onconnectionstatechange = () => this.#handleConnectionState();
    if (link.made) this.#negotiation.offer();
  }

  get path(): Exclude<PathState, 'key_mismatch'> {
    const state = this.connection.connectionState;
    if (state === 'connected') return this.#silence >= toldSilence ? 'interrupted' : 'connected';
    if (state === 'failed' || this.#broken) return 'failed';
    return this.#wasConnected ? 'interrupted' : 'waiting';
  }

  receive(from: string, body: Body): void {
    this.link.receive(from, body);
  }

  /**
   * The network or the ICE servers changed: finds the paths anew. What flows keeps flowing meanwhile. Only who made the
   * link makes an offer, the other asks for one: an offer that must be rolled back, because two crossed, ends what arrives
   * in Chromium for good.
   */
  restart(): void {
    this.#restartedAt = this.#environment.now();
    if (this.made) this.#negotiation.restart();
    else if (this.#introduced && !this.#self.isInLobby()) this.link.send({ kind: 'restart' });
  }

  /** Restarts what is silent and was last restarted before `since`, over a network that may be gone. */
  restartIfSilent(since: number): void {
    if (this.#silence > 0 && this.#restartedAt < since) this.restart();
  }

  /** We may be seen under another address than we said. */
  guessAnew(): void {
    this.#negotiation.guessAnew();
  }

  setIceServers(iceServers: readonly RTCIceServer[]): void {
    this.connection.setConfiguration({ ...this.connection.getConfiguration(), iceServers: [...iceServers] });
  }

  replaceTrack(kind: MediaKind, track: MediaStreamTrack | null): void {
    this.#negotiation.replaceTrack(kind, track);
    this.#announceMedia();
  }

  /** Its person has joined: an answer that was made in the lobby sends media, too. */
  join(): void {
    this.#negotiation.attachMedia();
  }

  /** Says our name again. */
  introduce(): void {
    if (this.#introduced) this.link.send({ kind: 'hello', name: this.#self.name(), ...this.#sending() });
  }

  /** Says how this end fares; nothing when that is more than the protocol lets one say. */
  tell(facts: object): void {
    if (this.#introduced && isShort(facts)) this.link.send({ kind: 'facts', facts });
  }

  send(data: ChannelData): boolean {
    if (this.#channel.readyState !== 'open' || this.#channel.bufferedAmount > maxChannelBuffer) return false;
    this.#channel.send(data as string);
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#cancelEnlarging?.();
    this.#unwatch?.();
    this.link.close();
    this.#negotiation.close();
    this.connection.ontrack = null;
    this.connection.onconnectionstatechange = null;
    this.#channel.onmessage = null;
    this.connection.close();
  }

  #openChannel(): RTCDataChannel {
    const channel = this.connection.createDataChannel(channelLabel, { negotiated: true, id: 0 });
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }: { readonly data: ChannelData }) => this.#owner.message(this, data);
    return channel;
  }

  #emit(message: Extract<Message, { kind: 'description' | 'candidate' }>): void {
    if (message.kind === 'description') {
      // An offer that nobody has taken yet begins the link afresh.
      const afresh = this.participant === null && message.description.type === 'offer';
      if (afresh) this.link.withdraw();
      if (afresh || !this.#introduced) this.link.send(this.#hello(message.description.sdp));
    }
    this.link.send(message);
    this.#reveal();
  }

  async #hello(sdp: string): Promise<Message> {
    this.#introduced = true;
    await this.#self.joined;
    const hello = { kind: 'hello', name: this.#self.name(), ...this.#sending() } as const;
    const fingerprint = fingerprintOf(sdp);
    if (!this.#verification || fingerprint === null) return hello;
    return { ...hello, commit: await this.#verification.commit(fingerprint) };
  }

  #handle(message: Message): void {
    if (this.#closed) return;
    switch (message.kind) {
      case 'hello':
        this.#verification?.handleCommit(message.commit);
        if (!this.#isCommitted) return this.#owner.fail(this, 'man_in_the_middle');
        this.#introduce(message);
        break;
      case 'media':
        this.#introduce({ name: this.introduction?.name ?? '', ...message });
        break;
      case 'description':
        if (!this.#trust(message.description.sdp)) return this.#owner.fail(this, 'man_in_the_middle');
        if (message.description.type === 'offer') this.#restartedAt = this.#environment.now();
        this.#negotiation.handleDescription(message);
        break;
      case 'candidate':
        this.#negotiation.handleCandidate(message);
        break;
      case 'reveal':
        void this.#check(message.nonce);
        break;
      case 'restart':
        if (!this.made) break;
        this.#restartedAt = this.#environment.now();
        this.#negotiation.handleRestart();
        break;
      case 'facts':
        this.#owner.facts(this, message.facts);
        break;
    }
    this.#reveal();
  }

  #introduce({ name, audio, video }: Introduction): void {
    this.introduction = { name, audio, video };
    this.#owner.changed();
  }

  /** Without a key nothing counts before the commitment: who could leave it out could switch the words off. */
  get #isCommitted(): boolean {
    return this.#verification?.isCommitted ?? true;
  }

  /** One certificate, the same for as long as the link lives: the one that the words vouch for. */
  #trust(sdp: string): boolean {
    if (!this.#isCommitted) return false;
    const fingerprint = fingerprintOf(sdp);
    this.#fingerprint ??= fingerprint;
    if (fingerprint !== null) this.#verification?.handleFingerprint(fingerprint);
    return fingerprint !== null && fingerprint === this.#fingerprint;
  }

  #reveal(): void {
    const nonce = this.#verification?.takeReveal();
    if (nonce) this.link.send({ kind: 'reveal', nonce });
  }

  async #check(nonce: string): Promise<void> {
    if (!this.#verification || this.participant === null) return;
    const words = await this.#verification.handleReveal(this.participant, nonce);
    if (this.#closed) return;
    if (!words) return this.#owner.fail(this, 'man_in_the_middle');
    this.words = words;
    this.#owner.changed();
  }

  #handleConnectionState(): void {
    const state = this.connection.connectionState;
    if (state === 'connected') {
      this.#wasConnected = true;
      this.#cancelEnlarging ??= this.#enlargeLater();
      this.#unwatch ??= this.#watch();
    }
    // An offer on its way already will repair the path. Both ends see a failure; the one that made the
    // link need not wait for it.
    const repair = state === 'failed' || (state === 'disconnected' && this.made);
    if (repair && this.connection.signalingState === 'stable') this.restart();
    this.#owner.changed();
  }

  /** Browsers notice 5 to 15 seconds later. Both sides look: the one whose network is gone may not be heard. */
  #handleSilence(told: Silence): void {
    const { audio = false, video = false } = this.introduction ?? {};
    const path = this.path;
    const silence = audio || video ? told : noSilence;
    this.#silence = silence.isCertain ? silence.lasts : 0;
    const step = this.#recovery.handleSilence(this.#environment.now(), silence);
    // First, so that the restart is not one of before that connection, which would be made again on it.
    if (step !== null) this.#owner.silent(this, silence);
    if (step === 'look') {
      const isFresh = this.#environment.now() - this.#restartedAt < restartLasts;
      if (!isFresh && this.connection.signalingState === 'stable') this.restart();
    } else if (step === 'found') this.#beginAnew();
    if (this.path !== path) this.#owner.changed();
  }

  #watch(): () => void {
    const unwatchPath = this.#environment.watchPath(this.connection, (silence) => this.#handleSilence(silence));
    // Our way is found before anything has come back by it.
    const unwatchRoute = this.#environment.watchRoute(this.connection, () => this.#silence > 0 && this.#beginAnew());
    return () => {
      unwatchPath();
      unwatchRoute();
    };
  }

  /** On a path that has just been found: with a whole picture, and a small one. */
  #beginAnew(): void {
    this.#negotiation.shrink();
    this.#cancelEnlarging?.();
    this.#cancelEnlarging = this.#enlargeLater();
  }

  #enlargeLater(): () => void {
    return this.#environment.after(enlargeAfter, () => this.#negotiation.enlarge());
  }

  #announceMedia(): void {
    if (this.#introduced) this.link.send({ kind: 'media', ...this.#sending() });
  }

  #sending(): { readonly audio: boolean; readonly video: boolean } {
    const { audio, video } = this.#self.media();
    return { audio: audio !== null, video: video !== null };
  }

  #break(): void {
    this.#broken = true;
    this.#owner.changed();
  }
}
