// docs/protocol.md §2, §4: what is answered in the lobby.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { key, otherKey, Scene, welcomed } from './support/mesh_scene.ts';

test('what is shown in the lobby is answered there, and nothing is said before the join', async () => {
  for (const roomKey of [key, null]) {
    const scene = new Scene();
    const alice = await scene.side('alice', roomKey);
    const bob = await scene.side('bob', roomKey, { waits: true });
    const link = await scene.show(alice, bob);
    await scene.run();
    assert.deepEqual(alice.holds.map(({ lobby }) => lobby === true), [true, true, false, false, false]);
    assert.equal(scene.environment.ice.connections.at(-1)?.signalingState, 'stable', 'it is answered');
    assert.equal(bob.sent.length, 0);
    assert.deepEqual(bob.mesh.participants, [], 'and nobody is in a call');

    bob.enter();
    await scene.environment.clock.run(30);
    assert.deepEqual(new Set(bob.sent.map(({ to, body }) => `${to} ${body.link}`)), new Set([`alice ${link}`]));
    assert.ok(bob.sent.length >= 2, 'the answer goes out with the join, before any welcome');
    await scene.handOver(alice, bob, link);
    assert.deepEqual([alice.other?.path, bob.other?.path], ['connected', 'connected']);
    assert.equal(alice.other?.words?.join(), bob.other?.words?.join());
    assert.equal(scene.environment.ice.connections.length, 2, 'over the connections that were prepared');
  }
});

test('a hold that went to somebody else while it was answered in the lobby is let go of', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob', key, { waits: true });
  const carol = await scene.side('carol');
  await scene.show(alice, bob, 3);
  const link = alice.holds[0]?.link ?? '';
  welcomed(carol, { capacity: 3, participants: [{ id: 'alice', state: 'present', link, held: 5 }] });
  for (const { text } of alice.holds) carol.mesh.handleMessage('alice', text);
  alice.mesh.handlePresence({ type: 'joined', id: 'carol', link });
  await scene.run();
  bob.enter();
  welcomed(bob, { capacity: 3, participants: ['alice', 'carol'].map((id) => ({ id, state: 'present' })) });
  for (const side of [alice, carol]) side.mesh.handlePresence({ type: 'joined', id: 'bob' });
  await scene.run();
  assert.deepEqual(alice.rejects, [[link, 'taken']]);
  for (const side of [alice, bob, carol]) assert.deepEqual(side.mesh.participants.map(({ path }) => path), ['connected', 'connected']);
});

test('what was said on a link that was prepared in the lobby holds when the server forgets all of it', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob', key, { waits: true });
  await scene.show(alice, bob);
  await scene.run();
  bob.enter();
  await scene.run();
  welcomed(bob, { participants: [{ id: 'alice', state: 'present' }] });
  alice.mesh.handlePresence({ type: 'joined', id: 'bob' });
  await scene.run();
  assert.deepEqual([alice.other?.path, bob.other?.path], ['connected', 'connected']);
});

test('an offer that was withdrawn while it was answered in the lobby is answered anew', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob', key, { waits: true });
  const link = await scene.show(alice, bob);
  await scene.run();
  const before = alice.holds.length;
  alice.mesh.restart();
  await scene.run(4);
  for (const { text, lobby } of alice.holds.slice(before)) if (lobby) bob.mesh.handleMessage('alice', text);
  await scene.run(4);
  bob.enter();
  await scene.handOver(alice, bob, link);
  assert.deepEqual([alice.other?.path, bob.other?.path], ['connected', 'connected']);
});

test('what failed in the lobby goes without a word, and the join makes it anew', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob', key, { waits: true });
  const link = await scene.show(alice, bob);
  await scene.run();
  const prepared = scene.environment.ice.connections.at(-1);
  Object.defineProperty(prepared, 'connectionState', { value: 'failed' });
  prepared?.onconnectionstatechange?.();
  bob.enter();
  await scene.run();
  assert.deepEqual(bob.sent, [], 'no answer of a connection that is gone');
  await scene.handOver(alice, bob, link);
  assert.deepEqual([alice.other?.path, bob.other?.path], ['connected', 'connected']);
});

test('another key shows in the lobby as a call that cannot be prepared, and at the join as what it is', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob', otherKey, { waits: true });
  const link = await scene.show(alice, bob);
  await scene.run();
  assert.deepEqual([bob.sent, bob.endings], [[], []]);
  bob.enter();
  await scene.handOver(alice, bob, link);
  assert.deepEqual(bob.endings, ['key_mismatch']);
});

test('what was prepared in the lobby is let go of when its connection ends there', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob', key, { waits: true });
  const link = await scene.show(alice, bob);
  await scene.run();
  bob.mesh.forgetLobby();
  assert.ok(scene.environment.ice.connections.at(-1)?.isClosed);
  bob.enter();
  await scene.handOver(alice, bob, link);
  assert.deepEqual([alice.other?.path, bob.other?.path], ['connected', 'connected']);
});

test('what was said behind the join to somebody who is away at the welcome is stood by: another link is made', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob', key, { waits: true });
  const link = await scene.show(alice, bob);
  bob.enter();
  await scene.environment.clock.run(30);
  assert.ok(bob.sent.length > 0);
  welcomed(bob);
  bob.mesh.handlePresence({ type: 'joined', id: 'alice' });
  for (const { text } of alice.holds) bob.mesh.handleMessage('alice', text);
  await scene.run(2);
  assert.deepEqual(bob.rejects, [[link, 'dropped']]);
});

test('what could not be read in the lobby is no link of ours, and is let go of without a word', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob', otherKey, { waits: true });
  await scene.show(alice, bob);
  await scene.run(2);
  bob.enter();
  welcomed(bob);
  await scene.run(2);
  assert.deepEqual(bob.rejects, []);
});
