// The public types of a call. Everything here is read-only to its users; a `Call` tells of each
// change by its `change` event, and a view taken then never changes afterwards.

import type { Environment } from './environment.ts';

/** The two kinds of media that a participant sends. */
export type MediaKind = 'audio' | 'video';

/** What this browser sends. `null` means: nothing of that kind (muted, or no such device). */
export interface LocalMedia {
  readonly audio: MediaStreamTrack | null;
  readonly video: MediaStreamTrack | null;
}

/** Where a call takes place. */
export interface RoomLink {
  /** Origin of the server, as in `https://call.example.org`. */
  readonly origin: string;
  /** Canonical room name, as in `abc-defg-hij`. */
  readonly room: string;
  /** The 22 characters of the key in the link's fragment; `null` in a room without a key. */
  readonly key: string | null;
}

/**
 * Remembers the secrets of the seats that this tab took in a room, so that a reloaded page takes its
 * own seat again in place of being refused as a further person. A list, because a page may end
 * before it knows whether the server heard of its new secret.
 */
export interface SeatStore {
  /** Secrets of earlier seats, newest last; empty when there are none. */
  read(room: string): readonly string[];
  /** Replaces what is remembered; an empty list forgets the room. */
  write(room: string, secrets: readonly string[]): void;
}

export interface CallOptions {
  /** Tracks to send from the start. Default: neither. Joining with neither works. */
  readonly media?: Partial<LocalMedia>;
  /** The name the others see; at most 64 characters. */
  readonly name?: string;
  /** Default: the tab's `sessionStorage`. */
  readonly seat?: SeatStore;
  /** `relay`: media go over a relay only, so that nobody learns an address (or a test proves the relay). Default: `all`. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
  /** Clock, sockets, peer connections, randomness; default: the browser's own. */
  readonly environment?: Partial<Environment>;
}

/** Why a call could not reach its server for now; it goes on trying. */
export type Trouble =
  | 'server_unreachable'
  | 'server_restarting'
  | 'server_full'
  | 'too_many_connections'
  | 'flooding'
  | 'slow_consumer';

/** Why a call is over. Only `joinCall` again begins another. */
export type EndReason =
  /** `leave()` was called. */
  | 'left'
  /** Every seat of the room is taken, or kept for someone who dropped. */
  | 'room_full'
  /** Another tab, or the reloaded page, took this seat. */
  | 'taken_over'
  /** The key in the link is not the one that the others use. */
  | 'key_mismatch'
  /** Someone between the browsers exchanged their certificates. */
  | 'man_in_the_middle'
  /** The name is not a room name. */
  | 'room_name'
  /** The browser refused something that a call is made of: encryption, a peer connection, a socket. */
  | 'browser_refused'
  /** Server and page speak no common version: reload. */
  | 'unsupported_version'
  /** The server did not understand this page, or sent more than it may. */
  | 'bad_request'
  | 'too_large';

export type CallState =
  /** Not yet in the room. `nextTryAt` (clock milliseconds) is set while it waits to try again. */
  | { readonly kind: 'connecting'; readonly nextTryAt: number | null; readonly trouble: Trouble | null }
  /** In the room, with nobody else. */
  | { readonly kind: 'alone' }
  /** In the room with at least one other participant, present or away. */
  | { readonly kind: 'in-call' }
  /** The server is out of reach; what already flows between the browsers keeps flowing. */
  | { readonly kind: 'reconnecting'; readonly nextTryAt: number | null; readonly trouble: Trouble | null }
  | { readonly kind: 'ended'; readonly reason: EndReason; readonly text: string };

/**
 * How the path to one participant fares.
 * `waiting`: no path yet, being set up. `interrupted`: there was one; it is being repaired.
 * `failed`: both browsers tried every path and found none (and go on trying).
 * `key_mismatch`: its messages are sealed with another key; nothing flows.
 */
export type PathState = 'waiting' | 'connected' | 'interrupted' | 'failed' | 'key_mismatch';

/** Somebody else in the room, as of the latest `change`. */
export interface Participant {
  readonly id: string;
  /** What it calls itself; empty until its browser has said so. */
  readonly name: string;
  /** `away`: its connection to the server dropped and its seat is kept. Media may still flow. */
  readonly presence: 'present' | 'away';
  /** Whether it says that it is sending audio (false: muted, or no microphone). */
  readonly audio: boolean;
  readonly video: boolean;
  /** Its audio and video; the same object for as long as it stays in the room. */
  readonly stream: MediaStream;
  readonly path: PathState;
  /** In a room without a key: four words to compare aloud; `null` until they are known. */
  readonly words: readonly string[] | null;
  /** The connection that carries its media, for statistics; `null` before there is one. */
  readonly connection: RTCPeerConnection | null;
}

/** What travels on the data channel between the pages. */
export type ChannelData = string | ArrayBuffer;

export interface CallEvents {
  /** Anything readable on the call changed: state, participants, ICE servers. */
  change: undefined;
  /** A message from another participant's page, by `Call.send`. */
  message: { readonly from: string; readonly data: ChannelData };
  /** How another participant's end fares, by `Call.tell`; not checked. */
  facts: { readonly from: string; readonly facts: object };
}

/** A call in one room, from `joinCall` until `state.kind` is `ended`. */
export interface Call {
  readonly link: RoomLink;
  readonly state: CallState;
  /** Seats in the room, counting our own; `null` until the server has said so. */
  readonly capacity: number | null;
  /** Everyone else in the room, in the order in which they came. */
  readonly participants: readonly Participant[];
  /** The servers in use for finding paths, as the signalling server gave them. */
  readonly iceServers: readonly RTCIceServer[];
  /** What is being sent. */
  readonly media: LocalMedia;
  readonly name: string;

  /** Sends another track, or nothing (mute), without a renegotiation. The old track is not stopped. */
  setTrack(kind: MediaKind, track: MediaStreamTrack | null): void;
  setName(name: string): void;
  /**
   * Sends to one participant's page, or to all. Returns to how many it went; a participant whose
   * channel is not open, or full, gets nothing.
   */
  send(data: ChannelData, to?: string): number;
  /** Tells one participant's browser, by way of the server and sealed, how this end fares (docs/protocol.md §10 `facts`). */
  tell(facts: object, to: string): void;
  /** Gives the seat up and ends the call. */
  leave(): void;
  /** While waiting to reconnect: tries at once. */
  tryNow(): void;

  /** Listens; the returned function stops listening. */
  on<Type extends keyof CallEvents>(type: Type, listener: (event: CallEvents[Type]) => void): () => void;
}

/**
 * A call about to be joined. What can be made ready without a seat in the room (the certificate, the sealing
 * key, a peer connection, a connection to the server) is made ready while the person is still in the lobby.
 */
export interface Lobby {
  readonly link: RoomLink;
  /**
   * Somebody will stay here for a while: opens a connection to the server, which waits without a seat
   * and makes joining a round trip or two quicker. Not for a page that joins at once. `told` hears of the ICE servers
   * with credentials of this participant-to-be, for trying them.
   */
  wait(told?: (iceServers: readonly RTCIceServer[]) => void): void;
  /** Joins; only once. */
  join(options?: Pick<CallOptions, 'media' | 'name'>): Call;
  /** Frees what was prepared, when nobody joins. */
  close(): void;
}
