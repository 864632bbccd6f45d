// Whatever dies between the browsers and the server: the media goes on, and the signalling comes back by itself.
import assert from 'node:assert/strict';
import { isAccessible, spokenBy } from './harness/accessibility.ts';
import { type CallPage, whileFramesGoOn } from './harness/call_page.ts';
import { scenario } from './harness/scenario.ts';
import type { Scene } from './harness/scene.ts';
import { sleep, until } from './harness/until.ts';

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

for (const [first, second] of [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'firefox']] as const) {
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
  await cable.cut();
  await anna.says(/connection to the server dropped/);
  await isAccessible(anna, 'call, the other away');
});

scenario('without a server the page counts the seconds, says them aloud once a try, and “Try now” works', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben')];
  for (const one of [anna, ben]) one.expectInConsole(...serverIsAway);
  await anna.start(scene.server.origin);
  await ben.visit(anna.link);
  await ben.reach('lobby');
  await scene.server.crash();
  await ben.join();
  await ben.says(/The server cannot be reached.*Next try in \d+ s/);
  await isAccessible(ben, 'lobby, server unreachable');

  const told = /Next try in \d+ seconds\./;
  const counted = async (): Promise<number> => Number(/Next try in (\d+) s\./.exec(await anna.words())?.[1]);
  await anna.says(/The server cannot be reached.*Next try in ([5-9]|10) s/);
  const first = await counted();
  const spoken = told.exec(await spokenBy(anna))?.[0];
  assert.ok(spoken);
  await until('a second passes', async () => await counted() < first);
  assert.equal(told.exec(await spokenBy(anna))?.[0], spoken, 'it is not counted aloud');

  await scene.server.startAgain();
  await anna.press('Try now');
  // Ben's next try may be so near that there is nothing left to press.
  await Promise.all([anna.meets(), ben.meets()]);
  await scene.server.crash();
  await anna.says(/The server cannot be reached\. Your call goes on.*Next try/);
  await isAccessible(anna, 'call, server unreachable');
});
