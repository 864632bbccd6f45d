// What a way carries: throughput and loss between two connections of this page. Bounded in time and in bytes, because it
// is somebody's relay.

import { natOf } from './side.ts';
import type { Nat } from './side.ts';
import { parseCandidate } from './facts.ts';
import type { CandidateFact } from './facts.ts';
import { channelsBetween, isOpen } from './relay_trial.ts';
import type { Ends } from './relay_trial.ts';

const throughputFor = 1_500;
const mostBytes = 6_000_000;
const pieceBytes = 16_000;
const buffered = 256_000;
const packets = 150;
const packetEvery = 20;
const packetBytes = 200;
const stragglersWithin = 700;
const gatherWithin = 3_000;

export interface Measured {
  readonly bitsPerSecond: number;
  /** Share of small packets that never arrived. */
  readonly loss: number;
}

export async function measure(ends: Ends): Promise<Measured> {
  const loss = await measureLoss(ends);
  return { loss, bitsPerSecond: await measureThroughput(ends) };
}

/** Packets as of a voice, never sent again. */
async function measureLoss({ near, far }: Ends): Promise<number> {
  const channels = channelsBetween(near, far, 1, { ordered: false, maxRetransmits: 0 });
  await Promise.all(channels.map(isOpen));
  const [from, to] = channels;
  let arrived = 0;
  to.addEventListener('message', () => (arrived += 1));
  for (let sent = 0; sent < packets; sent += 1) {
    from.send(new Uint8Array(packetBytes));
    await pause(packetEvery);
  }
  if (arrived < packets) await pause(stragglersWithin);
  return 1 - arrived / packets;
}

async function measureThroughput({ channels: [from, to] }: Ends): Promise<number> {
  const began = performance.now();
  let arrived = 0;
  let last = began;
  to.binaryType = 'arraybuffer';
  to.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
    arrived += data.byteLength;
    last = performance.now();
  });
  const piece = new Uint8Array(pieceBytes);
  let sent = 0;
  while (performance.now() - began < throughputFor && sent < mostBytes && from.readyState === 'open') {
    if (from.bufferedAmount > buffered) {
      await pause(5);
      continue;
    }
    from.send(piece);
    sent += pieceBytes;
  }
  const end = performance.now() + stragglersWithin;
  while (arrived < sent && performance.now() < end) await pause(20);
  return last > began ? Math.round((arrived * 8 * 1000) / (last - began)) : 0;
}

/** How the router maps ports, as far as several servers' views of this machine tell. */
export async function seeNat(
  iceServers: readonly RTCIceServer[],
  signal: AbortSignal,
): Promise<{ readonly nat: Nat; readonly candidates: readonly CandidateFact[] }> {
  const connection = new RTCPeerConnection({ iceServers: [...iceServers] });
  const candidates: CandidateFact[] = [];
  const complete = new Promise<void>((resolve) => {
    connection.addEventListener('icecandidate', ({ candidate }) => {
      const fact = candidate && parseCandidate(candidate.candidate, 0);
      if (fact) candidates.push(fact);
      if (!candidate) resolve();
    });
  });
  connection.createDataChannel('nat');
  await connection.setLocalDescription();
  await Promise.race([
    complete,
    pause(gatherWithin),
    new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
  ]);
  connection.close();
  return { nat: natOf(candidates), candidates };
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
