import { batch, computed, effect, signal } from '@preact/signals';
import { prepareCall, type Call, type CallState, type Lobby, type Participant, type RoomLink } from 'plntry-call';
import type { Problem } from '../words/ending.ts';
import { follow, readiness, record } from './diagnosis.ts';
import { camera, closeMedia, microphone, openMedia } from './media.ts';
import { place } from './place.ts';
import { preferences } from './preferences.ts';
import { stopTrying, tryWays } from './readiness.ts';
import { freezeSeats, interruptedVisit, rememberVisit, Seats } from './seat.ts';
import type { Source } from './source.ts';

/** The call of this page and what is to be seen of it. All views render these signals; only this file talks to the call. */
export interface Snapshot {
  readonly state: CallState;
  readonly participants: readonly Participant[];
  readonly capacity: number | null;
}

export type View = 'home' | 'lobby' | 'alone' | 'call' | 'left' | 'error';

/** A room that is being made ready while the person is in its lobby. */
interface Threshold {
  readonly seats: Seats;
  readonly lobby: Lobby;
}

/** As long as an answer takes to be made; too short for a person to notice. */
const kDrawAfterMs = 80;

/** `?relay` in the address: over relays only. For whoever wants to try or prove the relay; no link that is shared has it. */
const iceTransportPolicy = new URLSearchParams(location.search).has('relay') ? 'relay' : 'all';

let threshold: Threshold | null = null;
let joining = false;
const call = signal<Call | null>(null);
export const snapshot = signal<Snapshot | null>(null);
/** On the way into the call without passing the lobby: after a reload, or by "Rejoin". */
export const returning = signal(false);
/** Another tab of this browser sits in this room. */
const openElsewhere = signal(false);
const wordsDiffer = signal(false);

export const participants = computed<readonly Participant[]>(() => snapshot.value?.participants ?? []);

export const problem = computed<Problem | null>(() => {
  const at = place.value;
  if (at === null) return null;
  if (typeof at === 'string') return at;
  if (!isSecureContext) return 'insecure';
  if (!isCapable()) return 'too_old';

  const state = snapshot.value?.state;
  if (state?.kind !== 'ended') return null;
  if (state.reason === 'left') return wordsDiffer.value ? 'words_differ' : null;
  return state.reason === 'room_full' && openElsewhere.value ? 'open_elsewhere' : state.reason;
});

export const view = computed<View>(() => {
  if (problem.value !== null) return 'error';
  if (place.value === null) return 'home';
  switch (snapshot.value?.state.kind) {
    case undefined:
    case 'connecting':
      return returning.value ? 'call' : 'lobby';
    case 'alone':
      return 'alone';
    case 'in-call':
      return 'call';
    case 'reconnecting':
      return participants.value.length === 0 ? 'alone' : 'call';
    case 'ended':
      return 'left';
  }
});

/** Opens the lobby of a room, or goes straight on with the call that a reload of this page interrupted. */
export async function enter(at: RoomLink): Promise<void> {
  const visit = await interruptedVisit(at.room);
  if (visit === null) {
    await Promise.all([prepare(at), openMedia()]);
    return;
  }
  microphone.wanted.value = visit.audio;
  camera.wanted.value = visit.video;
  returning.value = true;
  await openMedia();
  await start(at, new Seats(at.room));
}

/** Joins the room of the lobby. */
export async function join(): Promise<void> {
  const at = place.peek();
  if (at === null || typeof at === 'string' || joining || snapshot.peek() !== null) return;
  joining = true;
  const { seats, lobby } = threshold ?? { seats: new Seats(at.room) };
  threshold = null;
  await start(at, seats, { lobby });
  joining = false;
}

/** From a call that ended back into it, with the devices as they were; `takeOver` moves it here from another tab. */
export async function rejoin(takeOver = false): Promise<void> {
  const at = place.peek();
  if (at === null || typeof at === 'string') return;
  batch(() => {
    call.value = null; // the former call would go on telling that it has ended, at every change of the devices
    snapshot.value = null;
    returning.value = true;
    wordsDiffer.value = false;
  });
  await openMedia();
  await start(at, new Seats(at.room), { takeOver });
}

export function leave(): void {
  call.peek()?.leave();
}

/** The words that both sides compared were not the same. */
export function leaveBecauseWordsDiffer(): void {
  wordsDiffer.value = true;
  leave();
}

export function tryNow(): void {
  call.peek()?.tryNow();
}

/** Certificate, key and connections are made while the person is still in the lobby. */
async function prepare(at: RoomLink): Promise<void> {
  const seats = new Seats(at.room);
  await seats.look(false);
  if (place.peek() !== at || joining || snapshot.peek() !== null) return; // faster than this
  threshold?.lobby.close();
  threshold = { seats, lobby: prepared(at, seats) };
  threshold.lobby.wait(tryWays);
}

function prepared(at: RoomLink, seat: Seats): Lobby {
  const { environment } = record(iceTransportPolicy === 'relay');
  return prepareCall(at, { seat, iceTransportPolicy, environment });
}

interface Start {
  readonly lobby?: Lobby | undefined;
  readonly takeOver?: boolean;
}

async function start(at: RoomLink, seats: Seats, { lobby, takeOver = false }: Start = {}): Promise<void> {
  stopTrying();
  await seats.look(takeOver);
  if (place.peek() !== at) return lobby?.close(); // gone elsewhere meanwhile
  openElsewhere.value = seats.openElsewhere;

  const joined = (lobby ?? prepared(at, seats)).join({
    name: preferences.peek().name.trim(),
    media: { audio: trackOf(microphone), video: trackOf(camera) },
  });
  follow(joined);
  joined.on('change', takeSoon);
  call.value = joined;
  takeSoon();
}

let taking: ReturnType<typeof setTimeout> | undefined;

/** Several changes come at once, above all on joining; drawing must not hold up the messages that come with them. */
function takeSoon(): void {
  taking ??= setTimeout(() => {
    taking = undefined;
    const current = call.peek();
    if (current !== null) take(current);
  }, kDrawAfterMs);
}

function take(from: Call): void {
  const { state, participants, capacity } = from;
  batch(() => {
    snapshot.value = { state, participants, capacity };
    if (state.kind === 'alone' || state.kind === 'in-call' || state.kind === 'ended') returning.value = false;
  });
  if (state.kind === 'ended') {
    closeMedia();
    rememberVisit(null);
  }
}

function trackOf(source: Source): MediaStreamTrack | null {
  return source.on.value ? source.track.value : null;
}

function isCapable(): boolean {
  return 'RTCPeerConnection' in globalThis && 'locks' in navigator && 'subtle' in crypto;
}

/** Another place than before: the call of the former one is over. */
function forget(): void {
  call.peek()?.leave();
  threshold?.lobby.close();
  threshold = null;
  stopTrying();
  batch(() => {
    readiness.value = null;
    call.value = null;
    snapshot.value = null;
    returning.value = false;
    wordsDiffer.value = false;
  });
}

effect(() => call.value?.setTrack('audio', trackOf(microphone)));
effect(() => call.value?.setTrack('video', trackOf(camera)));

effect(() => {
  const at = place.value;
  const inside = view.value === 'call' || view.value === 'alone';
  if (!inside || at === null || typeof at === 'string') return;
  rememberVisit({ room: at.room, audio: microphone.wanted.value, video: camera.wanted.value });
});

let former = place.peek();
place.subscribe((at) => {
  if (at === former) return;
  former = at;
  forget();
  rememberVisit(null);
  if (at === null) closeMedia();
});

addEventListener('pagehide', () => {
  // The others see at once that this page is gone. Should it be a reload, the next page takes the seat again.
  freezeSeats();
  call.peek()?.leave();
});

addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload(); // the browser kept the page, but it has let go of its call and its seats
});
