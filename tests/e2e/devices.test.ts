// A camera or a microphone that is missing, refused or taken keeps nobody out of a call.
import type { Devices } from './harness/browser.ts';
import { scenario } from './harness/scenario.ts';
import { until } from './harness/until.ts';

const cases: [string, Devices, RegExp][] = [
  ['permission was denied', 'denied', /may not use your camera and microphone/],
  ['there is no device', 'none', /No camera was found.*No microphone was found/],
];

for (const [what, devices, words] of cases) {
  scenario(`${what}: the lobby says so, and one joins without`, {}, async (scene) => {
    const [anna, ben] = [await scene.person('Anna', 'chromium', { devices }), await scene.person('Ben', 'firefox')];
    await anna.visit(scene.server.origin);
    await anna.press('Start a call');
    await anna.reach('lobby');
    await anna.says(words);
    await anna.join();
    await ben.enter(anna.link);
    await Promise.all([anna.meets(), ben.reach('call')]);
  });
}

// Two programs cannot be made to fight for a fake camera, so the page's view of one that is taken is what the browser
// then answers: NotReadableError.
scenario('the camera is in use: the lobby says so, and one joins with sound', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben')];
  await anna.page.evaluateOnNewDocument(() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      if (constraints?.video) throw new DOMException('Could not start video source', 'NotReadableError');
      return ask(constraints);
    };
  });
  await anna.visit(scene.server.origin);
  await anna.press('Start a call');
  await anna.reach('lobby');
  await anna.says(/Your camera could not be started.*Another program/);
  await anna.join();
  await ben.enter(anna.link);
  await Promise.all([anna.meets(), ben.reach('call')]);
});

scenario('neither end has a device: they meet all the same', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna', 'chromium', { devices: 'none' }), await scene.person('Ben', 'firefox', { devices: 'none' })];
  await anna.start(scene.server.origin);
  await ben.enter(anna.link);
  await Promise.all([anna.reach('call'), ben.reach('call')]);
  await until('there is a path between them', () => anna.page.evaluate(() =>
    window.plntryProbe.connections.some(({ connectionState }) => connectionState === 'connected')));
});
