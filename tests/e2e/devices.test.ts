// A camera or a microphone that is missing, refused or taken keeps nobody out of a call.
import assert from 'node:assert/strict';
import { isAccessible } from './harness/accessibility.ts';
import type { Devices } from './harness/browser.ts';
import type { CallPage } from './harness/call_page.ts';
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
  await isAccessible(anna, 'lobby, camera in use');
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

/** Chooses another device than the one that is chosen, and returns its id. */
async function chooseAnother({ name, page }: CallPage, label: string): Promise<string> {
  const select = await page.waitForSelector(`::-p-aria([name="${label}"][role="combobox"])`);
  assert.ok(select);
  const other = await until(`${name} has a choice of “${label}”`, () => select.evaluate((element) => {
    const { options, value } = element as HTMLSelectElement;
    return [options[options.length - 1], options[0]].find((option) => option && option.value !== value)?.value;
  }));
  await select.select(other);
  return other;
}

const sentFrom = ({ page }: CallPage, kind: string): Promise<string | undefined> => page.evaluate((kind) =>
  window.plntryProbe.call()?.getSenders().find(({ track }) => track?.kind === kind)?.track?.getSettings().deviceId, kind);

scenario('camera and microphone are chosen in the lobby, and with the speaker changed in the call', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben')];
  await anna.visit(scene.server.origin);
  await anna.press('Start a call');
  await anna.reach('lobby');
  const chosen = { video: await chooseAnother(anna, 'Which camera'), audio: await chooseAnother(anna, 'Which microphone') };
  await until('the preview shows the chosen camera', () => anna.page.evaluate((id) => {
    const stream = document.querySelector('video')?.srcObject as MediaStream | null | undefined;
    return stream?.getVideoTracks()[0]?.getSettings().deviceId === id;
  }, chosen.video));
  await anna.join();
  await ben.enter(anna.link);
  await Promise.all([anna.meets(), ben.meets()]);
  for (const kind of ['video', 'audio'] as const) assert.equal(await sentFrom(anna, kind), chosen[kind]);

  await anna.press('Devices');
  for (const [kind, label] of [['video', 'Which camera'], ['audio', 'Which microphone']] as const) {
    const other = await chooseAnother(anna, label);
    assert.notEqual(other, chosen[kind]);
    await until(`the ${kind} comes from the other device`, async () => await sentFrom(anna, kind) === other);
  }
  const speaker = await chooseAnother(anna, 'Which speaker');
  await until('Ben is heard from the other speaker', () => anna.page.evaluate((id) =>
    [...document.querySelectorAll('.tile video')].every((video) => (video as HTMLVideoElement).sinkId === id), speaker));
  await anna.press('Close');
  await Promise.all([anna.meets(), ben.meets()]);
});
