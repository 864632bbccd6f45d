// Who may be in a room, how many, and as whom.
import { isAccessible } from './harness/accessibility.ts';
import { scenario } from './harness/scenario.ts';

scenario('a third person is refused with words', {}, async (scene) => {
  const [anna, ben] = await scene.call();
  const cleo = await scene.person('Cleo');
  await cleo.enter(anna.link);
  await cleo.reach('error');
  await cleo.says(/full/i);

  await ben.press('Leave');  // a free seat is hers
  await anna.reach('alone');
  await cleo.press('Try again');
  await Promise.all([anna.meets(), cleo.meets()]);
});

scenario('three, then four meet where there is room for four', { server: ['--room-capacity', '4'] }, async (scene) => {
  const [anna, ben] = await scene.call('chromium', 'firefox');
  for (const dialog of ['Devices', 'Invite']) {
    await anna.press(dialog);
    await isAccessible(anna, dialog);
    await anna.press('Close');
  }
  const cleo = await scene.person('Cleo');
  await cleo.enter(anna.link);
  await Promise.all([anna, ben, cleo].map((one) => one.meets(2)));
  const dora = await scene.person('Dora');
  await dora.enter(anna.link);
  await Promise.all([anna, ben, cleo, dora].map((one) => one.meets(3)));
  await isAccessible(anna, 'four in a call');

  await ben.press('Leave');
  await Promise.all([anna, cleo, dora].map((one) => one.meets(2)));
});

scenario('four press “Join” at the same instant', { server: ['--room-capacity', '4'] }, async (scene) => {
  const people = [await scene.person('Anna'), await scene.person('Ben'), await scene.person('Cleo'), await scene.person('Dora', 'firefox')];
  for (const one of people) {
    await one.visit(`${scene.server.origin}/four-at-once`);
    await one.reach('lobby');
  }
  await Promise.all(people.map((one) => one.join()));
  await Promise.all(people.map((one) => one.meets(3)));
});

scenario('a second tab is a second participant', {}, async (scene) => {
  const anna = await scene.person('Anna');
  await anna.start(scene.server.origin);
  const second = await scene.person('Anna again', 'chromium', { beside: anna });
  await second.enter(anna.link);
  await Promise.all([anna.reach('call'), second.meets()]);
});

scenario('in a full room a second tab may take over from the first, which is told why', {}, async (scene) => {
  const [anna, ben] = await scene.call();
  const second = await scene.person('Anna again', 'chromium', { beside: anna });
  await second.enter(anna.link);
  await second.says(/full/i);
  await isAccessible(second, 'error: open in another tab');
  await second.press('Use it here');
  await second.meets();
  await anna.reach('error');
  await anna.says(/open in another tab/);
  await ben.meets();
  await anna.page.bringToFront();
  await isAccessible(anna, 'error: taken over');
});
