// What is said when a call cannot be, by a server or a browser that will not have it; and by whoever stands between.
import assert from 'node:assert/strict';
import { isAccessible } from './harness/accessibility.ts';
import { scenario } from './harness/scenario.ts';
import { changingFingerprints, refusingAll } from './harness/tampering.ts';

// docs/protocol.md §6: the codes that end a call, and that no honest server sends to this page.
const kRefusals = [
  [4000, 'bad_request', /page and the server misunderstood each other .*Reload the page to get the version/],
  [1009, 'too_large', /page and the server misunderstood each other/],
  [4001, 'unsupported_version', /This page is out of date .*has been updated.*Reload the page/],
  [4009, 'room_name', /That is not a room name .*3 to 64 lower-case letters/],
] as const;

scenario('a server that closes for good is understood: it is said why, and what to do', {}, async (scene) => {
  const cable = await scene.cable();
  for (const [code, reason, words] of kRefusals) {
    cable.tamper(refusingAll(code, reason));
    const person = await scene.person(reason);
    await person.enter(`${cable.origin}/garden-club`);
    await person.says(words);
    await person.reach('error');
    await isAccessible(person, `error: ${reason}`);
  }
});

scenario('a browser without calls is told what to use', {}, async (scene) => {
  const person = await scene.person('Anna');
  await person.page.evaluateOnNewDocument('delete window.RTCPeerConnection');
  await person.visit(`${scene.server.origin}/garden-club`);
  await person.says(/This browser is too old for calls .*use a current Firefox, Chrome, Edge or Safari/);
  await person.reach('error');
  await isAccessible(person, 'error: too old');
});

scenario('a browser that refuses what calls are made of is told apart from a server that is away', {}, async (scene) => {
  const person = await scene.person('Anna');
  await person.page.evaluateOnNewDocument('crypto.subtle.importKey = () => Promise.reject(new Error("not here"))');
  await person.enter(`${scene.server.origin}/garden-club#AAAAAAAAAAAAAAAAAAAAAA`);
  await person.says(/This browser did not let the call begin .*extension or a setting/);
  await person.reach('error');
  await isAccessible(person, 'error: browser refused');
});

scenario('an address that is not secure is told before anything is asked for', {}, async (scene) => {
  const person = await scene.person('Anna');
  person.expectInConsole(/Cross-Origin-Opener-Policy header has been ignored/);
  await person.visit(`http://insecure.example:${scene.server.port}/garden-club`);
  await person.says(/This address is not secure .*Open the page by its https:\/\/ address/);
  await isAccessible(person, 'error: insecure');
});

// docs/protocol.md §11: without a key the words vouch for the fingerprints that were committed to.
scenario('who changes a fingerprint on the way is found out, and nobody is seen or heard', {}, async (scene) => {
  const cable = await scene.cable();
  let changed = 0;
  cable.tamper(changingFingerprints(() => { changed += 1; }));
  const [anna, ben] = [await scene.person('Anna', 'firefox'), await scene.person('Ben')];
  await anna.enter(`${scene.server.origin}/garden-club`);
  await anna.reach('alone');
  await ben.enter(`${cable.origin}/garden-club`);
  const watch = await ben.watchFrames();
  await ben.says(/Someone is in the middle of this call .*Start a new call and send its link in a way that you trust/);
  await ben.reach('error');
  assert.ok(changed > 0, 'a fingerprint passed');
  for (const { frames, audioPackets } of Object.values((await watch()).arrived)) assert.deepEqual([frames, audioPackets], [0, 0]);
  await isAccessible(ben, 'error: man in the middle');
  await anna.reach('alone');
  assert.equal(await scene.server.metric('plntry_participants_present'), 1);
});
