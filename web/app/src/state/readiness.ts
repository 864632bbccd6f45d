import type { Trials } from 'plntry-call/readiness';
import { readiness } from './diagnosis.ts';

/** Tries the ways that a call can take, with real traffic, while the person is in the lobby and has not joined. */

/** By then the camera is on and the page at rest. */
const kBeginAfterMs = 1_200;
const kIdleWithinMs = 2_000;

let running: AbortController | null = null;

export function tryWays(iceServers: readonly RTCIceServer[]): void {
  if (running) return;
  running = new AbortController();
  const { signal } = running;
  setTimeout(() => whenIdle(() => void run(iceServers, signal)), kBeginAfterMs);
}

/** Whoever joins needs all that there is. */
export function stopTrying(): void {
  running?.abort();
  running = null;
}

async function run(iceServers: readonly RTCIceServer[], signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const loaded = await load();
  if (!loaded || signal.aborted) return;
  const servers = loaded.iceServerFacts(iceServers);
  const show = (trials: Trials) => (readiness.value = loaded.readinessOf(trials, servers));
  show({});
  await loaded.tryAll(iceServers, signal, (configuration) => new RTCPeerConnection(configuration), show);
}

function load(): Promise<typeof import('plntry-call/readiness') | null> {
  return import('plntry-call/readiness').catch(() => null); // the server is out of reach, as the page says already
}

function whenIdle(callback: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(callback, { timeout: kIdleWithinMs });
  else setTimeout(callback, 0);
}
