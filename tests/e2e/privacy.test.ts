// Nobody in the middle: words to compare where there is no key, and no way in with the wrong one.
import assert from 'node:assert/strict';
import type { CallPage } from './harness/call_page.ts';
import { scenario } from './harness/scenario.ts';

const kWords = /Compare these words aloud[^:]*: ([a-z]+(?: [a-z]+){3}) If/;
const wordsOf = async (person: CallPage): Promise<string> => kWords.exec(await person.says(kWords))?.[1] ?? '';

scenario('in a room without a key both are shown the same words', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben', 'firefox')];
  await anna.enter(`${scene.server.origin}/garden-club`);
  await anna.reach('alone');
  await ben.enter(`${scene.server.origin}/garden-club`);
  await Promise.all([anna.meets(), ben.meets()]);
  assert.equal(await wordsOf(anna), await wordsOf(ben));
  await ben.press('They match');
  await anna.press('They differ');
  await anna.reach('error');
  await anna.says(/someone between them could listen in/);
  await ben.reach('alone');
});

scenario('a link with the wrong key says so', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben')];
  await anna.start(scene.server.origin);
  await ben.enter(`${anna.link.split('#')[0]}#AAAAAAAAAAAAAAAAAAAAAA`);
  await ben.says(/key|link/i);
  await ben.reach('error');
});

scenario('a link that lost its key says so', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben')];
  await anna.start(scene.server.origin);
  await ben.enter(anna.link.split('#')[0] ?? '');
  await ben.reach('error');
  await ben.says(/key|link/i);
});

// What the server stores or logs would betray it: neither the key nor a secret may stand there.
scenario('the key of a link never reaches the server', {}, async (scene) => {
  const [anna] = await scene.call();
  const key = anna.link.split('#')[1];
  assert.ok(key && key.length === 22);
  assert.ok(!scene.server.log.includes(key));
});
