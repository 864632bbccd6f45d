// Two people: every pair of browsers, every order, and coming back.
import type { Kind } from './harness/browser.ts';
import { scenario } from './harness/scenario.ts';
import { sleep, until } from './harness/until.ts';

const pairs: [Kind, Kind][] = [['chromium', 'chromium'], ['chromium', 'firefox'], ['firefox', 'chromium'], ['firefox', 'firefox']];

for (const [first, second] of pairs) {
  scenario(`${first} waits and ${second} joins: both see and hear each other`, {}, async (scene) => {
    await scene.call(first, second);
  });

  scenario(`${first} and ${second} press “Join” at the same instant`, {}, async (scene) => {
    const [anna, ben] = [await scene.person('Anna', first), await scene.person('Ben', second)];
    await anna.visit(scene.server.origin);
    await anna.press('Start a call');
    await anna.reach('lobby');
    await ben.visit(anna.link);
    await Promise.all([anna.join(), ben.join()]);
    await Promise.all([anna.meets(), ben.meets()]);
  });
}

// An offer that waits must still be good: the waiter's connection to the server dies and comes back in between, twice.
scenario('a long time passes before the second one joins', {}, async (scene) => {
  const cable = await scene.cable();
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben', 'firefox')];
  anna.expectInConsole(/WebSocket|ERR_/);
  await anna.start(cable.origin);
  for (let drop = 0; drop < 2; drop += 1) {
    await sleep(5_000);
    await cable.cut();
    await sleep(1_000);
    await cable.mend();
  }
  await sleep(5_000);
  await ben.enter(anna.link.replace(cable.origin, scene.server.origin));
  await Promise.all([anna.meets(), ben.meets()]);
});

for (const kind of ['chromium', 'firefox'] as const) {
  scenario(`one leaves and rejoins (${kind})`, {}, async (scene) => {
    const [anna, ben] = await scene.call(kind);
    await ben.press('Leave');
    await ben.reach('left');
    await anna.reach('alone');
    await ben.press('Rejoin');
    await Promise.all([anna.meets(), ben.meets()]);

    await anna.press('Leave');  // and now the one who had started the call
    await ben.reach('alone');
    await anna.press('Rejoin');
    await Promise.all([anna.meets(), ben.meets()]);
  });
}

for (const [first, second] of [['chromium', 'chromium'], ['firefox', 'firefox'], ['chromium', 'firefox']] as const) {
  scenario(`a page that is reloaded comes back by itself (${first} and ${second})`, {}, async (scene) => {
    const [anna, ben] = await scene.call(first, second);
    for (const one of [ben, anna]) {
      await one.page.reload({ waitUntil: 'load' });
      await one.allowSound();
      await Promise.all([anna.meets(), ben.meets()]);
    }
  });
}

scenario('who mutes or turns the camera off is seen to, and comes back with one click', {}, async (scene) => {
  const [anna, ben] = await scene.call('chromium', 'firefox');
  const annaAtBen = async () => Object.values(await ben.flows())[0];
  await anna.press('Microphone');
  await ben.says(/muted/i);
  const before = await annaAtBen();
  await until('the picture goes on', async () => ((await annaAtBen())?.framesDecoded ?? 0) > (before?.framesDecoded ?? 0));
  await anna.press('Microphone');
  await ben.meets();

  await anna.press('Camera');
  await until('Ben no longer sees Anna', async () => (await annaAtBen())?.seen === false);
  await anna.press('Camera');
  await ben.meets();
});
