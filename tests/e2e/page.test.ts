// The page itself: for people who do not see it, who like it dark, who hold a phone.
import assert from 'node:assert/strict';
import { isAccessible, settled } from './harness/accessibility.ts';
import type { CallPage } from './harness/call_page.ts';
import { ownCorner } from './harness/own_picture.ts';
import { scannedFrom } from './harness/qr_code.ts';
import { scenario } from './harness/scenario.ts';

scenario('axe-core finds nothing on the way through a call, light or dark, on a desktop or a phone', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben')];
  await anna.visit(scene.server.origin);
  await isAccessible(anna, 'home');
  await anna.press('Go there');
  await anna.says(/Type a room name/);
  await isAccessible(anna, 'home: not a room name');
  await anna.press('Start a call');
  await anna.reach('lobby');
  await isAccessible(anna, 'lobby');
  await anna.join();
  await anna.reach('alone');
  await isAccessible(anna, 'alone');
  await ben.enter(anna.link);
  await Promise.all([anna.meets(), ben.meets()]);
  await isAccessible(anna, 'call');

  const cleo = await scene.person('Cleo');
  await cleo.enter(anna.link);
  await cleo.reach('error');
  await isAccessible(cleo, 'error: full');

  await anna.press('Leave');
  await anna.reach('left');
  await isAccessible(anna, 'left');
});

scenario('axe-core finds nothing in what is said about missing devices, and about words to compare', {}, async (scene) => {
  const anna = await scene.person('Anna', 'chromium', { devices: 'denied' });
  await anna.visit(`${scene.server.origin}/garden-club`);
  await anna.reach('lobby');
  await isAccessible(anna, 'lobby without devices');
  const ben = await scene.person('Ben');
  await anna.join();
  await ben.enter(anna.link);
  await ben.reach('call');
  await isAccessible(ben, 'call with words');
});

/** Words that fade from one scheme to the other cannot be read on the way, as their ground fades too. */
async function changesSchemeAtOnce(person: CallPage, state: string): Promise<void> {
  for (const scheme of ['light', 'dark', 'light']) {
    await person.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    const fading = await person.page.evaluate(() => document.getAnimations()
      .map(({ effect }) => (effect as KeyframeEffect).target as HTMLElement).filter(({ innerText }) => innerText).map(({ className }) => className));
    assert.deepEqual(fading, [], `${state}, on the way to ${scheme}`);
    await settled(person);
  }
}

scenario('between light and dark every word changes at once', {}, async (scene) => {
  const anna = await scene.person('Anna');
  await anna.visit(scene.server.origin);
  await changesSchemeAtOnce(anna, 'home');
  await anna.press('Start a call');
  await anna.reach('lobby');
  await changesSchemeAtOnce(anna, 'lobby');
  await anna.join();
  await anna.reach('alone');
  await changesSchemeAtOnce(anna, 'alone');
});

scenario('one’s own picture is dragged to a corner, and stays where it is when it is only touched', {}, async (scene) => {
  for (const person of await scene.call('chromium', 'firefox')) {
    const { mouse } = person.page;
    const drag = async (to: (x: number, y: number) => [number, number]): Promise<string> => {
      const box = await (await person.page.$('[aria-label^="Your picture"]'))?.boundingBox();
      assert.ok(box);
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await mouse.move(x, y);
      await mouse.down();
      await mouse.move(...to(x, y), { steps: 3 });
      await mouse.up();
      return ownCorner(person);
    };
    const { width, height } = await person.page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
    assert.equal(await drag((x, y) => [x - 3, y - 3]), 'bottom right');
    assert.equal(await drag(() => [width * 0.4, height * 0.4]), 'top left');
    assert.equal(await drag((x) => [x + 60, height * 0.6]), 'bottom left');
  }
});

scenario('“Copy link” and the QR code give the whole link, key and all, and it is said when it works on this device only', {}, async (scene) => {
  const anna = await scene.person('Anna');
  await anna.page.browserContext().overridePermissions(scene.server.origin, ['clipboard-read', 'clipboard-sanitized-write', 'camera', 'microphone']);
  await anna.start(scene.server.origin);
  await anna.press('Copy link');
  await anna.says(/Copied/);
  assert.equal(await anna.page.evaluate(() => navigator.clipboard.readText()), anna.link);
  assert.match(anna.link, /\/[a-z]{3}-[a-z]{4}-[a-z]{3}#[\w-]{22}$/);
  assert.equal(await scannedFrom(anna), anna.link);
  await anna.says(/This link works on this device only\. .*“From other machines”.*certificate, or --tls self-signed/);
});

scenario('every answer forbids what the page does not need', {}, async (scene) => {
  for (const path of ['/', '/garden-club']) {
    const { status, headers } = await fetch(`${scene.server.origin}${path}`);
    assert.equal(status, 200);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src '(none|self)'/);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|\*/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
  }
});
