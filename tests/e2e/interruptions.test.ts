// Whatever dies between the browsers and the server: the media goes on, and the signalling comes back by itself.
import assert from 'node:assert/strict';
import { type CallPage, whileFramesGoOn } from './harness/call_page.ts';
import { scenario } from './harness/scenario.ts';
import type { Scene } from './harness/scene.ts';
import { sleep } from './harness/until.ts';

// What browsers write into the console when the server does not answer; no page can prevent it.
const serverIsAway = [/WebSocket/, /ERR_CONNECTION_REFUSED/, /can.t establish a connection/];

/** A newcomer finds both, and both learn of it: the signalling of everybody works. */
async function isWholeAgain(scene: Scene, [anna, ben]: CallPage[], link: string): Promise<void> {
  assert.ok(anna && ben);
  const cleo = await scene.person('Cleo');
  await cleo.enter(link);
  await Promise.all([anna.meets(2), ben.meets(2), cleo.meets(2)]);
  await cleo.press('Leave');
  await Promise.all([anna.meets(1), ben.meets(1)]);
}

for (const [first, second] of [['chromium', 'chromium'], ['chromium', 'firefox']] as const) {
  scenario(`kill -9 and restart in a call, ${first} and ${second}: frames never stop, both resume`, { server: ['--room-capacity', '3'] }, async (scene) => {
    const people = await scene.call(first, second);
    for (const one of people) one.expectInConsole(...serverIsAway);
    await whileFramesGoOn(people, async () => {
      await scene.server.crash();
      await sleep(3_000);
      await scene.server.startAgain();
      await scene.arePresent(2);
    });
    await isWholeAgain(scene, people, people[0].link);
  });
}

scenario('SIGTERM in a call: sessions are told to come back, frames never stop', { server: ['--room-capacity', '3'] }, async (scene) => {
  const people = await scene.call('chromium', 'firefox');
  for (const one of people) one.expectInConsole(...serverIsAway);
  await whileFramesGoOn(people, async () => {
    await scene.server.drain();
    await scene.server.startAgain();
    await scene.arePresent(2);
  });
  await isWholeAgain(scene, people, people[0].link);
});

scenario('who lost the network is away, then back, and the picture never stopped', {}, async (scene) => {
  const cable = await scene.cable();
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben', 'firefox')];
  ben.expectInConsole(...serverIsAway);
  await anna.start(scene.server.origin);
  await ben.enter(anna.link.replace(scene.server.origin, cable.origin));
  await Promise.all([anna.meets(), ben.meets()]);
  await whileFramesGoOn([anna, ben], async () => {
    await cable.cut();
    await anna.says(/connection to the server dropped\. You still see and hear each other/);
    await ben.says(/Your call goes on/);
    await cable.mend();
    await anna.says(/is back/);
    await scene.arePresent(2);
  });
  await anna.press('Microphone');
  await ben.says(/muted/i);
});

scenario('without a server the page counts the seconds, and “Try now” works', {}, async (scene) => {
  const anna = await scene.person('Anna');
  anna.expectInConsole(...serverIsAway);
  await anna.start(scene.server.origin);
  await scene.server.crash();
  await anna.says(/The server cannot be reached.*Next try in ([5-9]|10) s/);
  await scene.server.startAgain();
  await anna.press('Try now');
  await scene.arePresent(1);
  const ben = await scene.person('Ben');
  await ben.enter(anna.link);
  await Promise.all([anna.meets(), ben.meets()]);
});
