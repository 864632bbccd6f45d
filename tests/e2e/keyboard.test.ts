// Everything that can be done with the mouse, done without one.
import assert from 'node:assert/strict';
import type { Kind } from './harness/browser.ts';
import type { CallPage } from './harness/call_page.ts';
import { pressByKeyboard, tabTo, typeByKeyboard } from './harness/keyboard.ts';
import { ownCorner } from './harness/own_picture.ts';
import { scenario } from './harness/scenario.ts';
import { until } from './harness/until.ts';

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

scenario('a room name typed by hand leads into that room, however it is spelt, by keyboard alone', {}, async (scene) => {
  const anna = await scene.person('Anna');
  await anna.visit(scene.server.origin);
  await typeByKeyboard(anna, 'Have a room name or a link?', 'Garden Club');
  await pressByKeyboard(anna, 'Go there', ' ');
  await anna.reach('lobby');
  assert.equal(new URL(anna.link).pathname, '/garden-club');
});

/** Waits until the dialog of this title is open, or, for '', none. */
async function dialogIs(person: CallPage, title: string): Promise<void> {
  await until(`“${title}” is the dialog that is open`, async () =>
    await person.page.evaluate(() => document.querySelector<HTMLElement>('dialog[open] h2')?.innerText ?? '') === title);
}

const focused = (person: CallPage): Promise<string> =>
  person.page.evaluate(() => (document.activeElement as HTMLElement).innerText.trim());

/**
 * Goes round, and meets nothing that lies behind the dialog: what lies in it, and, between two rounds, the browser's own
 * controls. Of those no key of a test leads back into Firefox's page, so there it goes to the last of the dialog.
 */
async function staysIn(person: CallPage, dialog: string, kind: Kind): Promise<void> {
  const controls = await until(`“${dialog}” has three controls`, async () => {
    const count = await person.page.evaluate(() =>
      [...document.querySelectorAll<HTMLInputElement>('dialog[open] :is(button, select, input, summary)')].filter(({ disabled }) => !disabled).length);
    return count >= 3 ? count : undefined;
  });
  for (let step = 1; step < (kind === 'firefox' ? controls : 3 * controls); step += 1) {
    await person.page.keyboard.press('Tab');
    assert.ok(await person.page.evaluate(() => {
      const element = document.activeElement;
      return element === document.body || element?.closest('dialog[open]') !== null;
    }), `the focus left “${dialog}” for “${await focused(person)}”`);
  }
}

const kDialogs = { Devices: 'Devices', Network: 'Network', Invite: 'Invite someone' };

for (const kind of ['chromium', 'firefox'] as const) {
  scenario(`each dialog of the call keeps the focus, closes by key and by button, and gives the focus back (${kind})`, { server: ['--room-capacity', '3'] }, async (scene) => {
    const [anna] = await scene.call(kind, 'chromium');
    for (const [button, title] of Object.entries(kDialogs)) {
      await pressByKeyboard(anna, button);
      await dialogIs(anna, title);
      await staysIn(anna, title, kind);
      await anna.page.keyboard.press('Escape');
      await dialogIs(anna, '');
      assert.equal(await focused(anna), button);

      await anna.page.keyboard.press(' ');
      await dialogIs(anna, title);
      assert.equal(await anna.page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Close');
      await anna.page.keyboard.press('Enter');
      await dialogIs(anna, '');
      assert.equal(await focused(anna), button);
    }
    await anna.meets();
  });
}

scenario('another microphone is chosen, what happened is unfolded and the link is copied in the dialogs, by keyboard', { server: ['--room-capacity', '3'] }, async (scene) => {
  const [anna, ben] = await scene.call();
  await anna.page.browserContext().overridePermissions(scene.server.origin, ['clipboard-read', 'clipboard-sanitized-write', 'camera', 'microphone']);
  await pressByKeyboard(anna, 'Devices');
  await tabTo(anna, 'Which microphone');
  const chosen = (): Promise<string> => anna.page.evaluate(() => (document.activeElement as HTMLSelectElement).selectedOptions[0]!.text);
  const before = await chosen();
  await anna.page.keyboard.press('ArrowDown');
  await until('another microphone is chosen', async () => await chosen() !== before);
  await anna.page.keyboard.press('Escape');
  await ben.meets();

  await pressByKeyboard(anna, 'Network');
  await pressByKeyboard(anna, 'What happened when');
  await until('the timeline is unfolded', () => anna.page.evaluate(() => document.querySelector('dialog[open] details')?.hasAttribute('open')));
  await tabTo(anna, 'Copy report');
  await anna.page.keyboard.press('Escape');

  await pressByKeyboard(anna, 'Invite');
  await pressByKeyboard(anna, 'Copy link');
  await anna.says(/Copied/);
});

scenario('words are compared by keyboard', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben', 'firefox')];
  for (const one of [anna, ben]) await one.enter(`${scene.server.origin}/garden-club`);
  await Promise.all([anna.meets(), ben.meets()]);
  await Promise.all([anna, ben].map((one) => one.says(/Compare these words/)));
  await pressByKeyboard(anna, 'They match');
  await anna.says(/^(?!.*Compare these words)/);
  await pressByKeyboard(ben, 'They differ', ' ');
  await ben.reach('error');
  await pressByKeyboard(ben, 'Start a call');
  await ben.reach('lobby');
});

scenario('a call is moved to another tab by keyboard', {}, async (scene) => {
  const [anna, ben] = await scene.call();
  const second = await scene.person('Anna again', 'chromium', { beside: anna });
  await second.visit(anna.link);
  await pressByKeyboard(second, 'Join');
  await pressByKeyboard(second, 'Use it here');
  await second.meets();
  await anna.reach('error');
  await ben.meets();
});

scenario('the server is tried again by keyboard', {}, async (scene) => {
  const anna = await scene.person('Anna');
  anna.expectInConsole(/WebSocket/, /ERR_CONNECTION_REFUSED/);
  await anna.start(scene.server.origin);
  await scene.server.crash();
  await anna.says(/The server cannot be reached.*Next try in ([6-9]|10) s/);
  await scene.server.startAgain();
  await pressByKeyboard(anna, 'Try now');
  await anna.says(/^(?!.*cannot be reached)/);
  await scene.arePresent(1);
});
