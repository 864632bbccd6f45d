// The page itself: for people who do not see it, who use no mouse, who like it dark, who hold a phone.
import assert from 'node:assert/strict';
import { isAccessible, settled } from './harness/accessibility.ts';
import type { CallPage } from './harness/call_page.ts';
import { scenario } from './harness/scenario.ts';
import { until } from './harness/until.ts';

scenario('axe-core finds nothing in any state, light or dark, on a desktop or a phone', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben')];
  await anna.visit(scene.server.origin);
  await isAccessible(anna, 'home');
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

/** Tabs until the focus is on the button of this name, then presses it with the keyboard. */
async function pressByKeyboard(person: CallPage, name: string): Promise<void> {
  await until(`${person.name} sees “${name}”`, () => person.has(name));
  const seen: string[] = [];
  for (let step = 0; step < 40; step += 1) {
    await person.page.keyboard.press('Tab');
    const focused = await person.page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return '';
      const { outlineStyle, boxShadow } = getComputedStyle(element);
      const name = element.getAttribute('aria-label') ?? (element as HTMLElement).innerText.trim();
      return outlineStyle === 'none' && boxShadow === 'none' ? `${name} (focus is not visible)` : name;
    });
    seen.push(focused);
    if (focused !== name) continue;
    await person.page.keyboard.press(step % 2 === 0 ? 'Enter' : ' ');
    return;
  }
  throw new Error(`“${name}” was not reached by 40 times Tab; on the way: ${seen.join(' | ')}`);
}

for (const kind of ['chromium', 'firefox'] as const) {
  scenario(`home, start, lobby, join, mute, leave, rejoin: by keyboard alone (${kind})`, {}, async (scene) => {
    const [anna, ben] = [await scene.person('Anna', kind), await scene.person('Ben')];
    await anna.visit(scene.server.origin);
    await pressByKeyboard(anna, 'Start a call');
    await anna.reach('lobby');
    await pressByKeyboard(anna, 'Join');
    await anna.reach('alone');
    await pressByKeyboard(anna, 'Copy link');
    await ben.enter(anna.link);
    await Promise.all([anna.meets(), ben.meets()]);
    await pressByKeyboard(anna, 'Microphone');
    await ben.says(/muted/i);
    await pressByKeyboard(anna, 'Leave');
    await anna.reach('left');
    await ben.reach('alone');
    await pressByKeyboard(anna, 'Rejoin');
    await Promise.all([anna.reach('call'), ben.reach('call')]);
  });
}

scenario('a room name typed by hand leads into that room, however it is spelt', {}, async (scene) => {
  const anna = await scene.person('Anna');
  await anna.visit(scene.server.origin);
  await (await anna.page.$('input'))?.type('Garden Club');
  await anna.page.keyboard.press('Enter');
  await anna.reach('lobby');
  assert.equal(new URL(anna.link).pathname, '/garden-club');
});

scenario('“Copy link” takes the whole link, key and all', {}, async (scene) => {
  const anna = await scene.person('Anna');
  await anna.page.browserContext().overridePermissions(scene.server.origin, ['clipboard-read', 'clipboard-sanitized-write', 'camera', 'microphone']);
  await anna.start(scene.server.origin);
  await anna.press('Copy link');
  await anna.says(/Copied/);
  assert.equal(await anna.page.evaluate(() => navigator.clipboard.readText()), anna.link);
  assert.match(anna.link, /\/[a-z]{3}-[a-z]{4}-[a-z]{3}#[\w-]{22}$/);
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
