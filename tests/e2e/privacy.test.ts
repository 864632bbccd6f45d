// Nobody in the middle: words to compare where there is no key, and no way in with the wrong one.
import assert from 'node:assert/strict';
import { isAccessible } from './harness/accessibility.ts';
import type { CallPage } from './harness/call_page.ts';
import { overheard } from './harness/overheard.ts';
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
  await isAccessible(anna, 'error: words differ');
  await ben.reach('alone');
});

const kOtherKey = /Your link does not fit this call .*The others have a different one\. Ask for the link again/;

scenario('a link with the wrong key says so', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben')];
  await anna.start(scene.server.origin);
  await ben.enter(`${anna.link.split('#')[0]}#AAAAAAAAAAAAAAAAAAAAAA`);
  await ben.says(kOtherKey);
  await ben.reach('error');
  await isAccessible(ben, 'error: wrong key');
  await anna.reach('alone');
});

scenario('a link that lost its key says so', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben')];
  await anna.start(scene.server.origin);
  await ben.enter(anna.link.split('#')[0] ?? '');
  await ben.says(kOtherKey);
  await ben.reach('error');
  await anna.reach('alone');
});

scenario('a link that lost part of its key says so, and nobody is asked to let it in', {}, async (scene) => {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben')];
  await anna.start(scene.server.origin);
  await ben.visit(anna.link.slice(0, -1));
  await ben.says(/This link is not complete .*It has 22 characters; this one does not/);
  await ben.reach('error');
  await isAccessible(ben, 'error: key incomplete');
  assert.equal(await scene.server.metric('plntry_joins_total'), 1);
});

// docs/protocol.md §9. What the server is sent it could store, and what it logs it has stored: the key stands in neither, nor
// does what is sealed with it; the participants' secrets, which it must be sent, stand in no log.
scenario('the key of a link never reaches the server, and nothing that is sealed with it can be read there', { server: ['--log-level', 'debug'] }, async (scene) => {
  const cable = await scene.cable();
  const sent = cable.listenIn();
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben', 'firefox')];
  await anna.start(cable.origin);
  await ben.enter(anna.link);
  await Promise.all([anna.meets(), ben.meets()]);
  await ben.press('Leave');
  await anna.reach('alone');
  const key = anna.link.split('#')[1] ?? '';
  assert.equal(key.length, 22);

  const heard = sent().map(overheard).join('\n');
  const secrets = new Set([...heard.matchAll(/"secret":"([\w-]{43})"/g)].map(([, secret = '']) => secret));
  assert.ok(secrets.size >= 2, `both joins were overheard, with ${secrets.size} secrets`);
  assert.match(heard, /"type":"(hold|send)"[^\n]*\n\{"link":/, 'so were the bodies that they sent each other');
  for (const hidden of [key, Buffer.from(key, 'base64url').toString('latin1'), 'candidate:', 'a=fingerprint']) {
    assert.ok(!heard.includes(hidden), `${JSON.stringify(hidden)} went to the server`);
  }
  assert.ok(scene.server.log.length > 0);
  for (const hidden of [key, ...secrets]) assert.ok(!scene.server.log.includes(hidden), 'a secret stands in the log');
});
