import { computed, effect, signal } from '@preact/signals';
import { browserEnvironment, Recorder, type Call, type DeviceState, type Facts, type HttpProbe } from 'plntry-call';
import type { Diagnosis, Readiness, Report, ReportOptions, Verdict } from 'plntry-call/diagnosis';
import { camera, microphone } from './media.ts';
import type { Source } from './source.ts';

/** What is known of the call, and what it means. The rules come on their own, once they stand in nobody's way. */
type Engine = typeof import('plntry-call/diagnosis');

const kLoadAfterMs = 2_000;
/** Facts change in bursts, above all while a call is set up. */
const kLookAfterMs = 300;
const kProbeTimeoutMs = 4_000;
/** A passing trouble of a call that goes on is not worth a word. */
const kLastsMs = 3_000;

const engine = signal<Engine | null>(null);
export const facts = signal<Facts | null>(null);
export const readiness = signal<readonly Readiness[] | null>(null);

let recorder: Recorder | null = null;
let looking: ReturnType<typeof setTimeout> | undefined;

export const diagnosis = computed<Diagnosis | null>(() => (facts.value && engine.value?.diagnose(facts.value)) ?? null);

/** A recorder for one call, which has to be given its environment. */
export function record(relayOnly: boolean): Recorder {
  recorder?.close();
  recorder = new Recorder({
    environment: browserEnvironment,
    origin: location.origin,
    relayOnly,
    page: () => ({ secure: isSecureContext, webrtc: 'RTCPeerConnection' in globalThis, online: navigator.onLine }),
    probe: probeServer,
    changed: lookSoon,
  });
  recorder.setDevices(devices());
  return recorder;
}

export function follow(call: Call): void {
  recorder?.follow(call);
  setTimeout(() => void loadEngine(), kLoadAfterMs);
}

/** The first picture of somebody is on the screen. */
export function pictured(participant: string): void {
  recorder?.pictured(participant);
  void loadEngine();
}

function loadEngine(): Promise<Engine | null> {
  return import('plntry-call/diagnosis').then(
    (loaded) => (engine.value = loaded),
    () => null, // out of reach of the server; what the page itself says has to do
  );
}

/** What keeps somebody from being met, or the call from being good; `null` when nothing does, or has for a moment only. */
export function troubleWith(participant: string): Verdict | null {
  const known = facts.value;
  const verdict = known && engine.value?.diagnose(known, participant).verdict;
  if (!known || !verdict || (verdict.tone !== 'bad' && verdict.tone !== 'fair') || isOfOwnDevices(verdict)) return null;
  const path = known.links.find((link) => link.participant === participant)?.path;
  return path !== 'connected' || hasLasted(participant, verdict.cause, known.now) ? verdict : null;
}

/** Notes of their own tell of these. */
function isOfOwnDevices({ cause }: Verdict): boolean {
  return /^(camera|microphone)_/.test(cause);
}

const since = new Map<string, { readonly cause: string; readonly at: number }>();

function hasLasted(participant: string, cause: string, now: number): boolean {
  const former = since.get(participant);
  if (former?.cause !== cause || former.at > now) since.set(participant, { cause, at: now });
  return now - (since.get(participant)?.at ?? now) >= kLastsMs;
}

/** Everything that is known (docs/report.md). */
export async function report(options: ReportOptions = {}): Promise<Report | null> {
  const loaded = engine.peek() ?? (await loadEngine());
  await recorder?.sample();
  const known = recorder?.facts();
  if (!loaded || !known) return null;
  return { ...loaded.reportOf(known, navigator.userAgent, options), ...(readiness.peek() && { readiness: readiness.peek() }) };
}

export async function probeServer(): Promise<HttpProbe> {
  try {
    const asked = Date.now();
    const response = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(kProbeTimeoutMs) });
    const time = Date.parse(response.headers.get('date') ?? '');
    return { answers: true, clockAhead: Number.isNaN(time) ? null : Math.round((asked + Date.now()) / 2 - time) };
  } catch {
    return { answers: false, clockAhead: null };
  }
}

function lookSoon(): void {
  looking ??= setTimeout(() => {
    looking = undefined;
    facts.value = recorder?.facts() ?? null;
  }, kLookAfterMs);
}

function devices(): Facts['devices'] {
  return { audio: stateOf(microphone), video: stateOf(camera) };
}

function stateOf({ wanted, trouble, on }: Source): DeviceState {
  if (trouble.value !== null && wanted.value) return trouble.value;
  return on.value ? 'on' : 'off';
}

effect(() => {
  const now = devices();
  recorder?.setDevices(now);
});

addEventListener('online', lookSoon);
addEventListener('offline', lookSoon);

declare global {
  interface Window {
    plntry?: { report?: typeof report };
  }
}
window.plntry = { ...window.plntry, report };
