import { signal } from '@preact/signals';
import { newRoomLink, prepareCall } from 'plntry-call';
import { failed, iceServerFacts, isPrivate, measure, seeNat, tryWay, type Measured, type Trial } from 'plntry-call/diagnosis';
import { probeServer } from './diagnosis.ts';
import { capture, troubleOf } from './source.ts';

/** The thorough check of a network, step by step. */

export type Outcome = 'waiting' | 'running' | 'good' | 'fair' | 'bad';

export interface Line {
  readonly id: string;
  readonly title: string;
  readonly outcome: Outcome;
  readonly text: string;
}

const kServerWithinMs = 8_000;
const kTrialWithinMs = 12_000;
const kClockToleranceMs = 5 * 60_000;

export const lines = signal<readonly Line[]>([]);
export const running = signal(false);
export const finishedAt = signal<string | null>(null);
/** The numbers behind the lines, for the report. */
let trials: Record<string, Trial & Partial<Measured>> = {};

const kNever = new AbortController().signal;
const connect = (configuration: RTCConfiguration) => new RTCPeerConnection(configuration);

export async function runCheck(): Promise<void> {
  if (running.peek()) return;
  running.value = true;
  finishedAt.value = null;
  lines.value = [];
  trials = {};
  checkBrowser();
  if ('RTCPeerConnection' in globalThis && isSecureContext) {
    await step('same', 'Calls inside of this browser', tryWithoutServers);
    await withServers(async (iceServers) => {
      await step('nat', 'Your router', () => seeRouter(iceServers));
      for (const url of urlsOf(iceServers)) await step(url, url, () => tryServer(iceServers, url));
    });
    await step('audio', 'Microphone', () => tryDevice('audio'));
    await step('video', 'Camera', () => tryDevice('video'));
  }
  finishedAt.value = new Date().toISOString();
  running.value = false;
}

export function checkReport(): Promise<object> {
  return Promise.resolve({
    version: 1,
    made: finishedAt.peek() ?? new Date().toISOString(),
    origin: location.origin,
    browser: navigator.userAgent,
    check: lines.peek(),
    trials,
  });
}

type Result = Pick<Line, 'outcome' | 'text'>;

async function step(id: string, title: string, run: () => Promise<Result>): Promise<void> {
  put({ id, title, outcome: 'running', text: 'Trying…' });
  const result = await run().catch((error: unknown): Result => ({ outcome: 'bad', text: `This failed: ${String(error)}` }));
  put({ id, title, ...result });
}

function put(line: Line): void {
  const others = lines.peek().filter(({ id }) => id !== line.id);
  const at = lines.peek().findIndex(({ id }) => id === line.id);
  lines.value = at < 0 ? [...others, line] : others.toSpliced(at, 0, line);
}

function checkBrowser(): void {
  const text = !isSecureContext
    ? 'This address is not secure: open the page by https://, or calls get no camera and microphone.'
    : !('RTCPeerConnection' in globalThis)
      ? 'This browser makes no calls: it has no WebRTC, or an extension turned it off.'
      : null;
  put({ id: 'browser', title: 'Browser and address', outcome: text === null ? 'good' : 'bad', text: text ?? 'Fit for calls.' });
}

async function tryWithoutServers(): Promise<Result> {
  const trial = await tryWay({ iceServers: [], relayOnly: false, timeout: kTrialWithinMs, signal: kNever, connect });
  trials['same'] = trial;
  return trial.works
    ? { outcome: 'good', text: `Work: ${trial.answered} ms to set one up.` }
    : { outcome: 'bad', text: 'Do not work: an extension, a VPN or a policy keeps this browser from making connections.' };
}

/** The connection of a lobby brings the ICE servers, and needs no seat in any room. */
async function withServers(use: (iceServers: readonly RTCIceServer[]) => Promise<void>): Promise<void> {
  const room = newRoomLink(location.origin, (length) => crypto.getRandomValues(new Uint8Array(length)));
  const lobby = prepareCall(room);
  let iceServers: readonly RTCIceServer[] | null = null;
  await step('server', 'Connection to the server', async () => {
    const began = performance.now();
    const told = new Promise<readonly RTCIceServer[]>((resolve) => lobby.wait(resolve));
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), kServerWithinMs));
    iceServers = await Promise.race([told, late]);
    const elapsed = Math.round(performance.now() - began);
    return serverResult(iceServers !== null, elapsed, await probeServer());
  });
  if (iceServers !== null) await use(iceServers);
  lobby.close();
}

function serverResult(
  connects: boolean,
  elapsed: number,
  { answers, clockAhead }: Awaited<ReturnType<typeof probeServer>>,
): Result {
  if (!connects && answers)
    return {
      outcome: 'bad',
      text: 'The server answers, but lasting connections (WebSocket) to it do not get through: a proxy, a virus scanner or an extension stops them.',
    };
  if (!connects) return { outcome: 'bad', text: 'The server cannot be reached.' };
  if (clockAhead !== null && Math.abs(clockAhead) > kClockToleranceMs) {
    return {
      outcome: 'fair',
      text: `Is there after ${elapsed} ms, but its clock and yours differ by ${Math.round(Math.abs(clockAhead) / 60_000)} minutes.`,
    };
  }
  return { outcome: 'good', text: `Is there after ${elapsed} ms.` };
}

function urlsOf(iceServers: readonly RTCIceServer[]): string[] {
  return iceServers.flatMap(({ urls }) => urls);
}

async function tryServer(iceServers: readonly RTCIceServer[], url: string): Promise<Result> {
  const server = iceServers.find(({ urls }) => [urls].flat().includes(url));
  const [fact] = iceServerFacts([{ urls: url }]);
  if (!server || !fact) return { outcome: 'bad', text: 'Not an address of such a server.' };
  const alone = [{ ...server, urls: url }];
  return fact.kind === 'stun' ? tryStun(alone) : tryRelay(alone, url);
}

async function tryStun(alone: readonly RTCIceServer[]): Promise<Result> {
  const { candidates } = await seeNat(alone, kNever);
  const seen = candidates.filter(({ kind }) => kind === 'srflx');
  if (seen.length > 0)
    return { outcome: 'good', text: 'Answers: it sees you behind a router, and the others can learn by what address.' };
  const isOpen = candidates.some(({ kind, address, family }) => kind === 'host' && family !== 'name' && !isPrivate(address));
  return isOpen
    ? {
        outcome: 'good',
        text: 'Sees you by the address that your device has itself, or does not answer; with such an address it is not needed.',
      }
    : { outcome: 'fair', text: 'Told no address: it does not answer (is UDP blocked?), or sits in your own network.' };
}

async function tryRelay(alone: readonly RTCIceServer[], url: string): Promise<Result> {
  let measured: Measured | null = null;
  const use = async (ends: Parameters<typeof measure>[0]) => void (measured = await measure(ends));
  const trial = await tryWay({ iceServers: alone, relayOnly: true, timeout: kTrialWithinMs, signal: kNever, connect, use });
  trials[url] = { ...trial, ...(measured ?? {}) };
  if (!trial.works) return { outcome: 'bad', text: `This relay ${failed(trial)}.` };
  return { outcome: measured !== null && (measured as Measured).loss > 0.02 ? 'fair' : 'good', text: relayText(trial, measured) };
}

function relayText({ found, roundTrip }: Trial, measured: Measured | null): string {
  const carries =
    measured &&
    `; carries ${(measured.bitsPerSecond / 1e6).toFixed(1)} Mbit/s, ${(measured.loss * 100).toFixed(1)} % of small packets lost`;
  return `Has a place for you after ${found} ms; ${roundTrip} ms there and back through it${carries ?? ''}.`;
}

async function seeRouter(iceServers: readonly RTCIceServer[]): Promise<Result> {
  const { nat } = await seeNat(iceServers, kNever);
  switch (nat) {
    case 'open':
      return { outcome: 'good', text: 'None in between: your device has an address of its own in the internet.' };
    case 'steady':
      return { outcome: 'good', text: 'Shows you to everybody by the same port: direct calls will mostly work.' };
    case 'changing':
      return {
        outcome: 'fair',
        text: 'Shows you to each server by another port (“symmetric”): with other strict networks, calls need a relay.',
      };
    case 'unknown':
      return { outcome: 'good', text: 'How strict it is, the servers that there are do not tell; a call finds out by itself.' };
  }
}

const kDeviceTexts = {
  denied: 'The browser may not use it: allow it by the icon beside the address.',
  missing: 'None was found.',
  busy: 'Could not be started; another program is probably using it.',
  unplugged: 'Was disconnected.',
} as const;

async function tryDevice(kind: 'audio' | 'video'): Promise<Result> {
  try {
    const stream = await capture([kind]);
    const [track] = stream.getTracks();
    const { width, height } = track?.getSettings() ?? {};
    const text = `Works: ${track?.label ?? ''}${kind === 'video' && width ? `, ${width} × ${height}` : ''}.`;
    for (const each of stream.getTracks()) each.stop();
    return { outcome: 'good', text };
  } catch (error) {
    return { outcome: 'fair', text: kDeviceTexts[troubleOf(error)] };
  }
}
