// Who is in the room, and the link to each of them (docs/protocol.md §2, §4, §7). Every pair ends up
// with one link, whatever either side has missed: made by a hold, or else by the smaller id; of two,
// the smaller stands; and one that its owner gave up is refused.
//
// It begins in the lobby: there it answers the offers that are shown to those who wait, and keeps the
// answers to itself until its person has joined.

import { toBase64Url } from './bytes.ts';
import { IceServers } from './ice_servers.ts';
import type { LinkContext } from './link.ts';
import { Mapping } from './mapping.ts';
import type { MeshOwner } from './mesh_owner.ts';
import { nobody } from './mesh_owner.ts';
import type { Introduction, PeerFailure, Self } from './peer.ts';
import { Peer } from './peer.ts';
import type { Body, IceOffer, Presence, Welcome } from './protocol.ts';
import { parseBody, printHold, printSend } from './protocol.ts';
import type { ChannelData, MediaKind, Participant } from './types.ts';

const linkBytes = 12;
/** Links given up that are remembered, to refuse what still comes on them. */
const maxDropped = 256;
/** Links with one participant that may come to nothing, one after the other, before we try no more. */
const maxFutile = 16;
/** Offers answered in the lobby, of one participant each: a room has no more. */
const maxPrepared = 7;

type Refusal = 'dropped' | 'taken' | 'key';

interface Member {
  readonly id: string;
  readonly stream: MediaStream;
  presence: 'present' | 'away';
  peer: Peer | null;
  introduction: Introduction;
  hasOtherKey: boolean;
  /** It was here before us. */
  readonly older: boolean;
  /** Links given up since we were last connected. */
  futile: number;
  /** Links that it has been told are refused, and why, since it last came. */
  readonly refused: Map<string, Refusal>;
}

export class Mesh {
  readonly #context: LinkContext;
  readonly #connect: (iceServers: readonly RTCIceServer[]) => RTCPeerConnection;
  readonly #self: Self;
  #owner: MeshOwner = nobody;
  #tellJoined: () => void = () => undefined;
  readonly #members = new Map<string, Member>();
  /** Those whose offers were seen in the lobby, until the welcome says who is here. */
  readonly #prepared = new Map<string, Member>();
  readonly #dropped = new Set<string>();
  #hold: Peer | null = null;
  /** The hold that the server will not add to, as long as its base stays. */
  #fullHold: { readonly link: string; readonly base: number } | null = null;
  #capacity: number | null = null;
  readonly #ice = new IceServers();
  #closed = false;

  constructor(context: LinkContext, connect: (iceServers: readonly RTCIceServer[]) => RTCPeerConnection) {
    this.#context = context;
    this.#connect = connect;
    this.#self = {
      name: () => this.#owner.name(),
      media: () => this.#owner.media(),
      stream: context.environment.createMediaStream(),
      mapping: new Mapping(),
      isInLobby: () => this.#owner === nobody,
      joined: new Promise((resolve) => (this.#tellJoined = resolve)),
    };
  }

  /** The person has joined: what was made ready is sent. */
  join(owner: MeshOwner): void {
    this.#owner = owner;
    for (const member of this.#prepared.values()) member.peer?.join();
    this.#tellJoined();
  }

  /** What the lobby was told is not kept up to date any more. */
  forgetLobby(): void {
    for (const { peer } of this.#prepared.values()) peer?.close();
    this.#prepared.clear();
  }

  get capacity(): number | null {
    return this.#capacity;
  }

  get iceServers(): readonly RTCIceServer[] {
    return this.#ice.list;
  }

  get ids(): string[] {
    return [...this.#members.keys()];
  }

  get participants(): readonly Participant[] {
    return Array.from(this.#members.values(), ({ id, stream, presence, peer, introduction, hasOtherKey }) => ({
      id,
      ...introduction,
      presence,
      stream,
      path: hasOtherKey ? 'key_mismatch' : (peer?.path ?? 'waiting'),
      words: peer?.words ?? null,
      connection: peer?.connection ?? null,
    }));
  }

  /** `since`: when the connection was opened that brought it. */
  handleWelcome(welcome: Welcome, since = -Infinity): void {
    const isFirst = this.#capacity === null;
    this.#capacity = welcome.capacity;
    // Had the server forgotten us, its relay holds nothing of ours any more.
    this.handleIce(welcome.ice, !isFirst && !welcome.resumed);
    if (this.#self.mapping.move(welcome.address)) for (const peer of this.#peers()) peer.guessAnew();
    const here = new Set(welcome.participants.map(({ id }) => id));
    for (const member of this.#members.values()) if (!here.has(member.id)) this.#remove(member);
    for (const { id, state, link } of welcome.participants) {
      this.#adopt(id, link);
      const member = this.#enter(id, isFirst);
      member.presence = state;
      if (link !== undefined) this.#match(member, link);
    }
    this.#forgetUnmet();
    for (const member of this.#members.values()) {
      this.#greet(member);
      member.peer?.restartIfSilent(since);
    }
    const hold = this.#hold?.link;
    if (hold && (welcome.hold?.link !== hold.id || welcome.hold.seq < hold.latest)) hold.repeat();
    this.#keepHold();
    this.#owner.changed();
  }

  handlePresence(presence: Presence): void {
    const known = this.#members.get(presence.id);
    switch (presence.type) {
      case 'joined': {
        const member = this.#enter(presence.id, false);
        member.presence = 'present';
        if (presence.link !== undefined && presence.link === this.#hold?.link.id) this.#match(member, presence.link);
        this.#greet(member);
        break;
      }
      case 'back':
        if (!known) return;
        known.presence = 'present';
        this.#greet(known);
        break;
      case 'away':
        if (!known) return;
        known.presence = 'away';
        break;
      case 'gone':
        if (!known) return;
        this.#remove(known);
        break;
    }
    this.#keepHold();
    this.#owner.changed();
  }

  handleMessage(from: string, text: string): void {
    const body = parseBody(text);
    if (body && this.#capacity === null) return this.#prepare(from, body);
    const member = this.#members.get(from);
    if (!member || !body) return;
    const { link, reject } = body;
    if (reject !== undefined) {
      if (member.peer?.link.id === link) this.#handleReject(member, reject);
      return;
    }
    if (member.hasOtherKey) return this.#refuse(member, link, 'key');
    if (this.#dropped.has(link)) return this.#refuse(member, link, 'dropped');
    if (this.#isOfAnother(member, link)) return this.#refuse(member, link, 'taken');
    const isHold = link === this.#hold?.link.id;
    if (isHold || body.data !== undefined) this.#match(member, link);
    if (member.peer?.link.id === link) {
      member.peer.receive(from, body);
      // Whoever speaks of our hold has taken it, unheard of, and may have missed what was added since.
      if (isHold) member.peer.link.repeat();
    }
    this.#keepHold();
  }

  /**
   * Other servers are for whatever is gathered from now on: what was gathered stays good for as long as its
   * allocations live. So a hold begins anew only when it names other servers or allocations that are `gone`; a path in
   * use tells by itself that it has died. Paths are found anew when a service may end what it allocated (by the one
   * side that made the link: the other one gathers for its answer), and when gathering may have failed because the
   * credentials had expired.
   */
  handleIce(offer: IceOffer, gone = false): void {
    const change = this.#ice.take(offer, this.#context.environment.now());
    if (change === 'none') return;
    for (const peer of this.#peers()) peer.setIceServers(this.#ice.list);
    if (change === 'expired') this.restart();
    else if (offer.restart) for (const peer of this.#peers().filter(({ made }) => made)) peer.restart();
    else if (change === 'servers' || gone) this.#hold?.restart();
    this.#owner.changed();
  }

  /** The server keeps no more of the hold; whoever takes it gets the rest afterwards. */
  handleHoldIsFull(): void {
    const link = this.#hold?.link;
    if (link) this.#fullHold = { link: link.id, base: link.base };
  }

  /** Every path is found anew. */
  restart(): void {
    for (const peer of this.#peers()) peer.restart();
  }

  /** The server refused some frames: sends again all that may have been among them. */
  repeat(): void {
    for (const { id, refused } of this.#members.values()) {
      for (const [link, reject] of refused) this.#owner.send(printSend(id, { link, reject }));
    }
    for (const peer of this.#peers()) peer.link.repeat();
  }

  replaceTrack(kind: MediaKind, track: MediaStreamTrack | null): void {
    for (const peer of this.#peers()) peer.replaceTrack(kind, track);
  }

  introduce(): void {
    for (const peer of this.#peers()) peer.introduce();
  }

  send(data: ChannelData, to?: string): number {
    const targets = [...this.#members.values()].filter(({ id }) => to === undefined || to === id);
    return targets.filter(({ peer }) => peer?.send(data)).length;
  }

  tell(facts: object, to: string): void {
    this.#members.get(to)?.peer?.tell(facts);
  }

  close(): void {
    this.#closed = true;
    for (const peer of this.#peers()) peer.close();
    this.#members.clear();
    this.#prepared.clear();
    this.#hold = null;
  }

  // Members

  #enter(id: string, older: boolean): Member {
    const known = this.#members.get(id);
    if (known) return known;
    const member = this.#newMember(id, older);
    this.#members.set(id, member);
    return member;
  }

  #newMember(id: string, older: boolean): Member {
    return {
      id,
      stream: this.#context.environment.createMediaStream(),
      presence: 'present',
      peer: null,
      introduction: { name: '', audio: false, video: false },
      hasOtherKey: false,
      older,
      futile: 0,
      refused: new Map(),
    };
  }

  #remove(member: Member): void {
    this.#drop(member);
    this.#members.delete(member.id);
  }

  /** Somebody came, or may have missed something: the pair has a link, and all of it is sent again. */
  #greet(member: Member): void {
    member.refused.clear();
    if (!member.peer) this.#makeLink(member);
    else member.peer.link.repeat();
  }

  // The lobby

  /** An offer shown in the lobby is answered as far as that goes without a word to anybody. */
  #prepare(from: string, body: Body): void {
    if (body.data === undefined) return;
    let member = this.#prepared.get(from);
    if (member?.peer?.link.id !== body.link) {
      if (!member && this.#prepared.size >= maxPrepared) return;
      member?.peer?.close();
      member = this.#newMember(from, true);
      this.#prepared.set(from, member);
      member.peer = this.#createPeer(body.link, false, from);
    }
    if (member.futile === 0) member.peer?.receive(from, body);
  }

  /**
   * What was prepared is the pair's link unless another one is named. None is, when the hold went to somebody else, and
   * then the other side refuses what we said on it; or when the server has forgotten, and then the link stands.
   */
  #adopt(id: string, link: string | undefined): void {
    const member = this.#prepared.get(id);
    const peer = member?.peer;
    if (!member || !peer || member.futile > 0) return;
    if (link !== undefined && link !== peer.link.id) return;
    this.#prepared.delete(id);
    member.introduction = peer.introduction ?? member.introduction;
    this.#members.set(id, member);
  }

  /**
   * In Firefox, a connection that is told no candidates for five seconds fails, and in the lobby none are. As nothing has
   * been said on it, it goes as if it had never been; what was said once must be stood by, whatever becomes of it.
   */
  #forgetFailed(): void {
    for (const [id, { peer }] of this.#prepared) {
      if (peer?.path !== 'failed') continue;
      this.#prepared.delete(id);
      peer.close();
    }
  }

  /** They may have heard what was said to them right behind the join, so it is stood by: another link is made. */
  #forgetUnmet(): void {
    for (const { peer, futile } of this.#prepared.values()) {
      if (futile > 0) peer?.close(); // could not be read, so nothing was said
      else if (peer) this.#forget(peer);
    }
    this.#prepared.clear();
  }

  // Links

  #peers(): Peer[] {
    const members = [...this.#members.values(), ...this.#prepared.values()];
    const peers = members.map(({ peer }) => peer).concat(this.#hold);
    return peers.filter((peer) => peer !== null);
  }

  /** `link` is said to be this pair's. */
  #match(member: Member, link: string): void {
    if (this.#dropped.has(link) || member.hasOtherKey || member.futile >= maxFutile) return;
    // The server may think so of a hold that somebody else had answered before it was handed over.
    if (this.#isOfAnother(member, link)) return;
    const current = member.peer?.link.id;
    if (link === current) return;
    const hold = link === this.#hold?.link.id ? this.#hold : null;
    if (hold) this.#hold = null;
    if (current !== undefined && current < link) {
      if (hold) this.#forget(hold);
      return;
    }
    this.#drop(member);
    if (hold) hold.participant = member.id;
    member.peer = hold ?? this.#createPeer(link, false, member.id);
  }

  /** The second way of making a link: the smaller id makes it, the other waits. */
  #makeLink(member: Member): void {
    if (this.#context.self > member.id || member.hasOtherKey || member.futile >= maxFutile) return;
    member.peer = this.#createPeer(this.#newLinkId(), true, member.id);
  }

  /** Whoever waits makes its offer while it waits: there is always one for the next seat. */
  #keepHold(): void {
    if (this.#closed || this.#hold || this.#capacity === null || this.#capacity <= 1 + this.#members.size) return;
    this.#hold = this.#createPeer(this.#newLinkId(), true, null);
  }

  #createPeer(id: string, made: boolean, participant: string | null): Peer {
    return new Peer({ id, made, participant }, this.#connect(this.#ice.list), this.#context, this.#self, {
      transmit: (peer, body, forLobby) => this.#transmit(peer, body, forLobby),
      changed: () => this.#handlePeerChange(),
      received: (peer, track) => this.#memberOf(peer)?.stream.addTrack(track),
      message: (peer, data) => {
        if (peer.participant !== null) this.#owner.message(peer.participant, data);
      },
      facts: (peer, facts) => {
        if (peer.participant !== null) this.#owner.facts(peer.participant, facts);
      },
      fail: (peer, failure) => this.#handleFailure(peer, failure),
      silent: (_, silence) => this.#owner.silent(silence),
    });
  }

  #newLinkId(): string {
    return toBase64Url(this.#context.environment.crypto.random(linkBytes));
  }

  #drop(member: Member): void {
    const { peer, stream } = member;
    if (!peer) return;
    member.peer = null;
    member.futile += 1;
    this.#forget(peer);
    for (const track of stream.getTracks()) stream.removeTrack(track);
  }

  #forget(peer: Peer): void {
    peer.close();
    this.#dropped.add(peer.link.id);
    const [oldest] = this.#dropped;
    if (this.#dropped.size > maxDropped && oldest !== undefined) this.#dropped.delete(oldest);
  }

  #isOfAnother(member: Member, link: string): boolean {
    return [...this.#members.values()].some((other) => other !== member && other.peer?.made && other.peer.link.id === link);
  }

  #memberOf(peer: Peer): Member | undefined {
    if (peer.participant === null) return undefined;
    return this.#members.get(peer.participant) ?? this.#prepared.get(peer.participant);
  }

  #transmit(peer: Peer, body: Body, forLobby: boolean): void {
    const member = this.#memberOf(peer);
    if (member) {
      if (member.presence === 'present') this.#owner.send(printSend(member.id, body));
    } else if (body.data !== undefined && (body.link !== this.#fullHold?.link || body.base > this.#fullHold.base)) {
      this.#owner.send(printHold(body.link, body.seq, body.base, body, forLobby));
    }
  }

  // What goes wrong

  /** Says, once, that a link is not this pair's; and what is, in case that went unheard. */
  #refuse(member: Member, link: string, reject: Refusal): void {
    if (member.refused.has(link) || member.refused.size >= maxDropped) return;
    member.refused.set(link, reject);
    this.#owner.send(printSend(member.id, { link, reject }));
    member.peer?.link.repeat();
  }

  #handleReject(member: Member, reason: string): void {
    if (reason === 'key') return this.#handleOtherKey(member);
    this.#drop(member);
    this.#makeLink(member);
    this.#owner.changed();
  }

  #handleFailure(peer: Peer, failure: PeerFailure): void {
    const member = this.#memberOf(peer);
    // It will show again, and be dealt with, when the hold is handed over.
    if (member && this.#prepared.get(member.id) === member) return void (member.futile += 1);
    if (failure === 'man_in_the_middle') return this.#owner.end(failure);
    if (!member || member.peer !== peer) return;
    if (failure === 'key') {
      this.#drop(member);
      this.#refuse(member, peer.link.id, 'key');
      this.#handleOtherKey(member);
    } else {
      this.#handleReject(member, failure);
    }
  }

  /** Nobody whom we came to meet can be understood: then it is our key that is wrong. */
  #handleOtherKey(member: Member): void {
    this.#drop(member);
    member.hasOtherKey = true;
    const others = [...this.#members.values()];
    if (others.every(({ hasOtherKey, older }) => hasOtherKey && older)) this.#owner.end('key_mismatch');
    else this.#owner.changed();
  }

  #handlePeerChange(): void {
    if (this.#owner === nobody) this.#forgetFailed();
    for (const member of this.#members.values()) {
      member.introduction = member.peer?.introduction ?? member.introduction;
      if (member.peer?.path === 'connected') member.futile = 0;
    }
    this.#owner.changed();
  }
}
