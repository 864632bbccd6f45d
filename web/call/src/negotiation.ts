// The negotiation of one RTCPeerConnection: the W3C's perfect negotiation (WebRTC 1.0 §10.7), its
// descriptions and candidates in one serial queue. SDP passes through as it is, and unread but for ICE's
// user name fragments, by which a candidate is told to belong to a description. The one exception is an
// offer that is answered in the lobby: its `a=setup` is taken for `active` (docs/protocol.md §10).
//
// Who made the link makes its first offer and is the impolite one. So the first offer is never rolled
// back, and the transceivers that it made are those of both sides for good.

import type { Mapping } from './mapping.ts';
import { areSame } from './mapping.ts';
import type { Description, Message } from './protocol.ts';
import { Serial } from './serial.ts';
import type { LocalMedia, MediaKind } from './types.ts';

type DescriptionMessage = Extract<Message, { kind: 'description' }>;
type CandidateMessage = Extract<Message, { kind: 'candidate' }>;

const kinds: readonly MediaKind[] = ['audio', 'video'];
const maxEarly = 256;
/** Of our generations of ICE: those before the latest few were replaced long ago, and gather no more. */
const maxGenerations = 4;
/** Host candidates of a generation that are guessed at: each guess is a pair that the other side checks. */
const maxGuessable = 4;
/**
 * The first picture goes out at half its width and height: at the bitrate that browsers dare to begin with, a
 * whole one takes several times as long, or is dropped.
 */
const firstScale = 2;

export interface NegotiationOwner {
  readonly media: () => LocalMedia;
  /** Whether our person has not joined yet. */
  isInLobby(): boolean;
  emit(message: DescriptionMessage | CandidateMessage): void;
  readonly mapping: Pick<Mapping, 'learn' | 'guess'>;
  /** The browser refused something that should have worked. */
  fail(error: unknown): void;
}

export class Negotiation {
  readonly #connection: RTCPeerConnection;
  readonly #owner: NegotiationOwner;
  readonly #impolite: boolean;
  /** Ties our audio to our video, for lip sync: both are of this stream. */
  readonly #stream: MediaStream;
  readonly #queue: Serial;
  readonly #senders = new Map<MediaKind, RTCRtpSender>();
  /** Which of our descriptions was the first with which user name fragment; the latest in use stand last. */
  readonly #fragments = new Map<string, number>();
  /** Our latest description, the other's latest, and the latest of the other's that was applied. */
  #made = 0;
  #seen = 0;
  #applied = 0;
  /** Whether our first answer left the DTLS handshake to the other side: browsers cannot change that afterwards. */
  #isPassive: boolean | null = null;
  /** Candidates whose description has not come yet. */
  #early: CandidateMessage[] = [];
  /** The description that began our latest generation of candidates, those of it that can be guessed at, and what was told of it. */
  #generation = 0;
  #guessable: RTCIceCandidate[] = [];
  #told: string[] = [];

  constructor(connection: RTCPeerConnection, stream: MediaStream, impolite: boolean, owner: NegotiationOwner) {
    this.#connection = connection;
    this.#stream = stream;
    this.#impolite = impolite;
    this.#owner = owner;
    this.#queue = new Serial((error) => owner.fail(error));
    connection.onicecandidate = ({ candidate }) => this.#sendCandidate(candidate);
    if (impolite) this.#addTransceivers();
  }

  /** Makes an offer, also in place of one that is not yet answered. */
  offer(): void {
    this.#queue.run(() => this.#describe());
  }

  /** Makes an offer that restarts ICE (RFC 8445 §9). */
  restart(): void {
    this.#queue.run(() => this.#restart());
  }

  /** What was guessed of our addresses is guessed, and told, once more. */
  guessAnew(): void {
    this.#queue.run(() => this.#guessable.forEach((candidate) => this.#guess(candidate)));
  }

  /** The other side asks for a restart: an offer that it had not answered by then serves it, too. */
  handleRestart(): void {
    this.#queue.run(() => (this.#connection.signalingState === 'stable' ? this.#restart() : undefined));
  }

  handleDescription(message: DescriptionMessage): void {
    this.#queue.run(() => (message.description.type === 'offer' ? this.#answer(message) : this.#complete(message)));
  }

  handleCandidate(message: CandidateMessage): void {
    this.#queue.run(() => this.#addCandidate(message));
  }

  replaceTrack(kind: MediaKind, track: MediaStreamTrack | null): void {
    void this.#senders.get(kind)?.replaceTrack(track).catch((error: unknown) => this.#owner.fail(error));
  }

  /** Sends what there is to be sent by now: the answer was made before anyone knew. */
  attachMedia(): void {
    const media = this.#owner.media();
    for (const kind of kinds) this.replaceTrack(kind, media[kind]);
  }

  /** A new path: its first picture is a whole one, and small. */
  shrink(): void {
    this.#scale(firstScale);
  }

  /** The path has been felt out: pictures may have their full size. */
  enlarge(): void {
    this.#scale(1);
  }

  close(): void {
    this.#queue.close();
    this.#connection.onicecandidate = null;
  }

  #addTransceivers(): void {
    for (const kind of kinds) {
      const { sender } = this.#connection.addTransceiver(this.#owner.media()[kind] ?? kind, {
        direction: 'sendrecv',
        streams: [this.#stream],
        ...(kind === 'video' ? { sendEncodings: [{ scaleResolutionDownBy: firstScale }] } : {}),
      });
      this.#senders.set(kind, sender);
    }
  }

  /** The answerer uses the transceivers that the offer made. */
  #adoptTransceivers(): void {
    const media = this.#owner.media();
    for (const { kind, transceiver } of this.#connection.getTransceivers().map(withKind)) {
      if (this.#senders.has(kind)) continue;
      const { sender } = transceiver;
      this.#senders.set(kind, sender);
      transceiver.direction = 'sendrecv';
      sender.setStreams?.(this.#stream);
      if (kind === 'video') this.#scale(firstScale);
      if (media[kind]) this.replaceTrack(kind, media[kind]);
    }
  }

  /** A browser that refuses sends the other size, which is no harm. */
  #scale(scaleResolutionDownBy: number): void {
    const sender = this.#senders.get('video');
    const parameters = sender?.getParameters();
    if (!sender || !parameters) return;
    for (const encoding of parameters.encodings) encoding.scaleResolutionDownBy = scaleResolutionDownBy;
    sender.setParameters(parameters).catch(() => undefined);
  }

  async #restart(): Promise<void> {
    // Before the first description there is nothing to restart.
    if (!this.#connection.localDescription) return;
    this.#connection.restartIce();
    await this.#describe();
  }

  async #describe(answers?: number): Promise<void> {
    await this.#connection.setLocalDescription();
    const description = this.#connection.localDescription as Description;
    this.#made += 1;
    this.#remember(description.sdp);
    const { type, sdp } = description;
    const id = this.#made;
    this.#owner.emit({ kind: 'description', id, ...(answers === undefined ? {} : { answers }), description: { type, sdp } });
  }

  /** A restart makes new fragments (RFC 8445 §9); a description without one has those of an earlier one. */
  #remember(sdp: string): void {
    for (const [, fragment = ''] of sdp.matchAll(/^a=ice-ufrag:(\S+)/gm)) {
      const first = this.#fragments.get(fragment) ?? this.#made;
      this.#fragments.delete(fragment);
      this.#fragments.set(fragment, first);
    }
    const latest = [...new Set([...this.#fragments.values()].reverse())].slice(0, maxGenerations);
    for (const [fragment, first] of this.#fragments) if (!latest.includes(first)) this.#fragments.delete(fragment);
  }

  async #answer({ id, description }: DescriptionMessage): Promise<void> {
    if (id <= this.#seen) return;
    this.#seen = id;
    if (this.#impolite && this.#connection.signalingState !== 'stable') return;
    this.#isPassive ??= this.#owner.isInLobby();
    await this.#apply(id, this.#isPassive ? askedToBegin(description) : description);
    if (!this.#impolite) this.#adoptTransceivers();
    await this.#describe(id);
  }

  async #complete({ id, answers, description }: DescriptionMessage): Promise<void> {
    if (id <= this.#seen) return;
    this.#seen = id;
    if (answers !== this.#made || this.#connection.signalingState !== 'have-local-offer') return;
    await this.#apply(id, description);
  }

  async #apply(id: number, description: Description): Promise<void> {
    await this.#connection.setRemoteDescription(description);
    this.#applied = id;
    const early = this.#early;
    this.#early = [];
    for (const message of early) this.#addCandidate(message);
  }

  #addCandidate(message: CandidateMessage): void {
    if (message.of > this.#seen) {
      if (this.#early.length < maxEarly) this.#early.push(message);
    } else if (message.of === this.#applied) {
      // One that the browser cannot use is no loss: others follow. The connection keeps their order.
      void this.#connection.addIceCandidate(message.candidate ?? undefined).catch(() => undefined);
    }
  }

  /** `null` for a candidate of a generation that is forgotten: the other side would drop it. */
  #descriptionOf({ usernameFragment }: RTCIceCandidate): number | null {
    return usernameFragment ? (this.#fragments.get(usernameFragment) ?? null) : this.#made;
  }

  #sendCandidate(candidate: RTCIceCandidate | null): void {
    // Firefox announces the end twice: by an empty candidate, then by `null`.
    if (candidate?.candidate === '') return;
    const latest = this.#made;
    // Queued, so that it never overtakes its description.
    this.#queue.run(() => {
      if (candidate) this.#tell(candidate);
      else this.#owner.emit({ kind: 'candidate', of: latest, candidate: null });
    });
  }

  #tell(candidate: RTCIceCandidate): void {
    const of = this.#descriptionOf(candidate);
    if (of === null) return;
    if (of > this.#generation) {
      this.#generation = of;
      this.#guessable = [];
      this.#told = [];
    }
    const isGuessable = this.#owner.mapping.learn(candidate);
    this.#emitOnce(candidate.toJSON(), of);
    if (!isGuessable || of < this.#generation || this.#guessable.length >= maxGuessable) return;
    this.#guessable.push(candidate);
    this.#guess(candidate);
  }

  #guess(candidate: RTCIceCandidate): void {
    const guess = this.#owner.mapping.guess(candidate);
    if (guess) this.#emitOnce(guess, this.#generation);
  }

  /** What was guessed is not told once more when it is gathered. */
  #emitOnce(candidate: RTCIceCandidateInit, of: number): void {
    const text = candidate.candidate ?? '';
    if (of === this.#generation) {
      if (this.#told.some((other) => areSame(other, text))) return;
      this.#told.push(text);
    }
    this.#owner.emit({ kind: 'candidate', of, candidate });
  }
}

/**
 * An answer that is ready before the join reaches the other side together with our addresses: then both find the path
 * at the same time, and whoever begins the DTLS handshake sends its first picture half a round trip before the other.
 * Let that be who waited, for whoever joins has pressed a button and watches.
 */
function askedToBegin({ type, sdp }: Description): Description {
  return { type, sdp: sdp.replace(/^a=setup:actpass/gm, 'a=setup:active') };
}

function withKind(transceiver: RTCRtpTransceiver): { kind: MediaKind; transceiver: RTCRtpTransceiver } {
  return { kind: transceiver.receiver.track.kind as MediaKind, transceiver };
}
