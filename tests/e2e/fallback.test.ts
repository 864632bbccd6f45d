// Where somebody on the way lets no WebSocket pass: the call comes up all the same, outlives the server, and goes back to
// WebSocket when it can (docs/protocol.md §12).
import { type CallPage, whileFramesGoOn } from './harness/call_page.ts';
import type { WebSocketFate } from './harness/router.ts';
import { Router } from './harness/router.ts';
import { scenario } from './harness/scenario.ts';
import type { Scene } from './harness/scene.ts';
import { sleep, until } from './harness/until.ts';

// What browsers write into the console about WebSockets and about a server that is away.
const provoked = [/WebSocket/, /Failed to load resource/, /can.t establish a connection/, /interrupted/];

/** The first trial is after 30 s, and the second 60 s after that. */
const goesBackWithin = 150_000;

async function areConnected(scene: Scene, by: { readonly events: number; readonly webSockets: number }, timeoutMs?: number): Promise<void> {
  await until(`${by.events} are connected by events and ${by.webSockets} by WebSocket`, async () => {
    const [events, webSockets] = [await scene.server.metric('plntry_event_streams'), await scene.server.metric('plntry_websockets')];
    if (events === by.events && webSockets === by.webSockets) return true;
    throw new Error(`${events} and ${webSockets} are`);
  }, timeoutMs);
}

/** What one does, the other is told. */
async function canSignal([one, other]: readonly [CallPage, CallPage]): Promise<void> {
  await one.press('Microphone');
  await other.says(/muted/i);
  await one.press('Microphone');
}

async function play(scene: Scene, fate: WebSocketFate, kinds: readonly ['chromium' | 'firefox', 'chromium' | 'firefox']): Promise<void> {
  const router = await Router.start(scene.server.port);
  router.webSockets = fate;
  try {
    const people = [await scene.person('Anna', kinds[0]), await scene.person('Ben', kinds[1])] as const;
    for (const one of people) one.expectInConsole(...provoked);
    const [anna, ben] = people;
    await anna.start(router.origin);
    await ben.enter(anna.link);
    await Promise.all([anna.meets(), ben.meets()]);
    if (fate !== 'swallowed') await areConnected(scene, { events: 2, webSockets: 0 });
    await canSignal(people);

    await whileFramesGoOn([...people], async () => {
      await scene.server.crash();
      await sleep(3_000);
      await scene.server.startAgain();
      await scene.arePresent(2);
    });
    await canSignal(people);

    router.webSockets = 'passed';
    await whileFramesGoOn([...people], () => areConnected(scene, { events: 0, webSockets: 2 }, goesBackWithin));
    await scene.arePresent(2);
    await canSignal([ben, anna]);
  } finally {
    await router.stop();
  }
}

for (const [fate, ...kinds] of [['refused', 'chromium', 'firefox'], ['swallowed', 'firefox', 'chromium']] as const) {
  scenario(`WebSockets are ${fate}: ${kinds.join(' and ')} call each other, outlive the server, and go back when they pass`, { timeoutMs: 420_000 }, (scene) =>
    play(scene, fate, kinds));
}
