// The page itself: for people who do not see it, who use no mouse, who like it dark, who hold a phone.
import assert from 'node:assert/strict';
import { isAccessible, settled } from './harness/accessibility.ts';
import type { CallPage } from './harness/call_page.ts';
import { scannedFrom } from './harness/qr_code.ts';
import { scenario } from './harness/scenario.ts';
import { until } from './harness/until.ts';

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

/** Tabs until the focus is on the control of this accessible name, and is to be seen there. */
async function tabTo(person: CallPage, name: string | RegExp): Promise<void> {
  const isIt = (seen: string): boolean => typeof name === 'string' ? seen === name : name.test(seen);
  const seen: string[] = [];
  for (let step = 0; step < 40; step += 1) {
    await person.page.keyboard.press('Tab');
    const focused = await person.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return '';
      const { outlineStyle, boxShadow } = getComputedStyle(element);
      const label = element instanceof HTMLInputElement ? element.labels?.[0]?.innerText : undefined;
      const name = element.getAttribute('aria-label') ?? label ?? (element as HTMLElement).innerText.trim();
      return outlineStyle === 'none' && boxShadow === 'none' ? `${name} (focus is not visible)` : name;
    });
    seen.push(focused);
    if (isIt(focused)) return;
  }
  throw new Error(`“${name}” was not reached by 40 times Tab; on the way: ${seen.join(' | ')}`);
}

async function pressByKeyboard(person: CallPage, name: string, key: 'Enter' | ' ' = 'Enter'): Promise<void> {
  await until(`${person.name} sees “${name}”`, () => person.has(name));
  await tabTo(person, name);
  await person.page.keyboard.press(key);
}

async function typeByKeyboard(person: CallPage, field: string, text: string): Promise<void> {
  await tabTo(person, field);
  await person.page.keyboard.type(text);
}

/** The corner where one's own picture is, as it is said and as it is seen. */
async function ownCorner(person: CallPage): Promise<string> {
  await settled(person);
  const { said, seen } = await person.page.evaluate(() => {
    const own = document.querySelector('[aria-label^="Your picture"]')!;
    const { left, right, top, bottom } = own.getBoundingClientRect();
    return {
      said: own.getAttribute('aria-label')?.replace(/^Your picture, (.*)\. Arrow keys or Enter move it\.$/, '$1'),
      seen: `${top + bottom < innerHeight ? 'top' : 'bottom'} ${left + right < innerWidth ? 'left' : 'right'}`,
    };
  });
  assert.equal(said, seen);
  return seen;
}

const kMoves = [
  ['ArrowUp', 'top right'], ['ArrowUp', 'top right'], ['ArrowLeft', 'top left'], ['ArrowDown', 'bottom left'],
  ['ArrowRight', 'bottom right'], ['Enter', 'bottom left'], [' ', 'top left'],
] as const;

for (const kind of ['chromium', 'firefox'] as const) {
  scenario(`home, start, name, join, mute, camera, own picture, leave, rejoin: by keyboard alone (${kind})`, {}, async (scene) => {
    const [anna, ben] = [await scene.person('Anna', kind), await scene.person('Ben')];
    await anna.visit(scene.server.origin);
    await pressByKeyboard(anna, 'Start a call');
    await anna.reach('lobby');
    await typeByKeyboard(anna, 'Your name', 'Anna');
    await pressByKeyboard(anna, 'Join');
    await anna.reach('alone');
    await pressByKeyboard(anna, 'Copy link', ' ');
    await ben.enter(anna.link);
    await Promise.all([anna.meets(), ben.meets()]);
    await ben.says(/Anna/);
    await pressByKeyboard(anna, 'Microphone', ' ');
    await ben.says(/muted/i);
    await pressByKeyboard(anna, 'Camera');
    await until('Ben no longer sees Anna', async () => Object.values(await ben.flows()).every(({ seen }) => !seen));
    await tabTo(anna, /^Your picture/);
    assert.equal(await ownCorner(anna), 'bottom right');
    for (const [key, corner] of kMoves) {
      await anna.page.keyboard.press(key);
      assert.equal(await ownCorner(anna), corner, `after ${key}`);
    }
    await pressByKeyboard(anna, 'Leave');
    await anna.reach('left');
    await ben.reach('alone');
    await pressByKeyboard(anna, 'Rejoin', ' ');
    await Promise.all([anna.reach('call'), ben.reach('call')]);
  });
}

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

scenario('a room name typed by hand leads into that room, however it is spelt, by keyboard alone', {}, async (scene) => {
  const anna = await scene.person('Anna');
  await anna.visit(scene.server.origin);
  await typeByKeyboard(anna, 'Have a room name or a link?', 'Garden Club');
  await pressByKeyboard(anna, 'Go there', ' ');
  await anna.reach('lobby');
  assert.equal(new URL(anna.link).pathname, '/garden-club');
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
