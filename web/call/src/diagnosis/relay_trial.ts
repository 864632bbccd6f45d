// Tries a way with real traffic: two connections of this page meet by the servers given and nothing else, and one sends
// the other a few bytes over them. What was allocated for it is given back at once.

export interface Trial {
  readonly works: boolean;
  /** Milliseconds until there was a candidate by these servers, and until an answer had come back. */
  readonly found: number | null;
  readonly answered: number | null;
  /** Milliseconds there and back, by way of the servers. */
  readonly roundTrip: number | null;
  /** Of the error that the browser told last; 0: none. */
  readonly code: number;
  readonly text: string;
  readonly timedOut: boolean;
  /** The trial was given up before it came to anything. */
  readonly dropped: boolean;
}

export interface TrialOptions {
  readonly iceServers: readonly RTCIceServer[];
  readonly relayOnly: boolean;
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly connect: (configuration: RTCConfiguration) => RTCPeerConnection;
  /** Uses the connections before all is given back. */
  readonly use?: (ends: Ends) => Promise<void>;
}

export interface Ends {
  readonly near: RTCPeerConnection;
  readonly far: RTCPeerConnection;
  readonly channels: readonly [RTCDataChannel, RTCDataChannel];
}

const failure: Trial = {
  works: false,
  found: null,
  answered: null,
  roundTrip: null,
  code: 0,
  text: '',
  timedOut: false,
  dropped: false,
};

export async function tryWay({ iceServers, relayOnly, timeout, signal, connect, use }: TrialOptions): Promise<Trial> {
  if (signal.aborted) return { ...failure, dropped: true };
  const configuration: RTCConfiguration = { iceServers: [...iceServers], iceTransportPolicy: relayOnly ? 'relay' : 'all' };
  const began = performance.now();
  const elapsed = () => Math.round(performance.now() - began);
  const near = connect(configuration);
  const far = connect(configuration);
  let seen = failure;
  near.addEventListener('icecandidateerror', (event) => {
    const { errorCode: code, errorText: text } = event as RTCPeerConnectionIceErrorEvent;
    seen = { ...seen, code, text };
  });
  near.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate?.candidate && seen.found === null) seen = { ...seen, found: elapsed() };
  });
  const opened = openBetween(near, far);
  // Once neither has anything to offer, waiting is of no use.
  const nothing = nothingGathered(near, relayOnly);
  const ended = new AbortController();
  const end = () => ended.abort();
  signal.addEventListener('abort', end);
  const timer = setTimeout(end, timeout);
  try {
    const channels = await orNull(Promise.race([opened, nothing]), ended.signal);
    if (!channels) return { ...seen, timedOut: ended.signal.aborted && !signal.aborted, dropped: signal.aborted };
    const roundTrip = await orNull(echo(...channels), ended.signal);
    seen = {
      ...seen,
      works: roundTrip !== null,
      roundTrip,
      answered: roundTrip === null ? null : elapsed(),
      dropped: signal.aborted,
    };
    clearTimeout(timer);
    if (use && roundTrip !== null) await orNull(use({ near, far, channels }), signal);
    return seen;
  } catch (error) {
    return { ...seen, text: String(error) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    near.close();
    far.close();
  }
}

async function openBetween(near: RTCPeerConnection, far: RTCPeerConnection): Promise<readonly [RTCDataChannel, RTCDataChannel]> {
  const channels = channelsBetween(near, far, 0);
  pass(near, far);
  pass(far, near);
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription as RTCSessionDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription as RTCSessionDescription);
  await Promise.all(channels.map(isOpen));
  return channels;
}

/** Candidates that come before the other side's description wait for it. */
function pass(from: RTCPeerConnection, to: RTCPeerConnection): void {
  const early: RTCIceCandidate[] = [];
  const add = (candidate: RTCIceCandidate) => void to.addIceCandidate(candidate).catch(() => undefined);
  from.addEventListener('icecandidate', ({ candidate }) => {
    if (!candidate) return;
    if (to.remoteDescription) add(candidate);
    else early.push(candidate);
  });
  to.addEventListener('signalingstatechange', () => {
    if (to.remoteDescription) for (const candidate of early.splice(0)) add(candidate);
  });
}

export function channelsBetween(
  near: RTCPeerConnection,
  far: RTCPeerConnection,
  id: number,
  options: RTCDataChannelInit = {},
): [RTCDataChannel, RTCDataChannel] {
  const open = (one: RTCPeerConnection) => one.createDataChannel('trial', { ...options, negotiated: true, id });
  return [open(near), open(far)];
}

export function isOpen(channel: RTCDataChannel): Promise<void> {
  return new Promise((resolve) => {
    if (channel.readyState === 'open') resolve();
    channel.addEventListener('open', () => resolve());
  });
}

/** Resolves with `null` when gathering is over and brought nothing of use. */
function nothingGathered(connection: RTCPeerConnection, relayOnly: boolean): Promise<null> {
  let found = false;
  return new Promise((resolve) => {
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.candidate) found ||= !relayOnly || / typ relay/.test(candidate.candidate);
    });
    connection.addEventListener('icegatheringstatechange', () => {
      if (connection.iceGatheringState === 'complete' && !found) resolve(null);
    });
  });
}

async function echo(near: RTCDataChannel, far: RTCDataChannel): Promise<number> {
  const sent = performance.now();
  const answered = new Promise<void>((resolve) => near.addEventListener('message', () => resolve(), { once: true }));
  far.addEventListener('message', () => far.send('back'), { once: true });
  near.send('there');
  await answered;
  return Math.round((performance.now() - sent) * 10) / 10;
}

function orNull<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | null> {
  return Promise.race([
    promise,
    new Promise<null>((resolve) => {
      if (signal.aborted) resolve(null);
      signal.addEventListener('abort', () => resolve(null), { once: true });
    }),
  ]);
}
