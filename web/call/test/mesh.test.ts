// docs/protocol.md §4, §7, §9, §11: which link a pair has, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IceOffer } from '../src/protocol.ts';
import { maxWaiting } from '../src/serial.ts';
import { key, otherKey, Scene, type Sent, type Side, welcomed } from './support/mesh_scene.ts';

/** For a hello, whether it has a commitment. */
function hellos(data: unknown): boolean[] {
  const { kind, commit } = data as { readonly kind?: string; readonly commit?: string };
  return kind === 'hello' ? [commit !== undefined] : [];
}

function meetWithoutHold(one: Side, other: Side): void {
  welcomed(one, { participants: [{ id: other.id, state: 'present' }] });
  welcomed(other, { participants: [{ id: one.id, state: 'present' }] });
}

test('whoever waits makes its offer while it waits, and leaves it with the server', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice', null);
  welcomed(alice);
  await scene.run(4);
  assert.deepEqual(alice.holds.map(({ seq, base }) => [seq, base]), [1, 2, 3, 4, 5].map((seq) => [seq, 1]));
  const kinds = alice.holds.map(({ body }) => (body.data as { kind: string }).kind);
  assert.deepEqual(kinds, ['hello', 'description', 'candidate', 'candidate', 'candidate']);
});

test('whoever comes takes it, and both connect', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice'), await scene.side('bob')];
  await scene.joinByHold(alice, bob);
  assert.equal(alice.other?.path, 'connected');
  assert.equal(bob.other?.path, 'connected');
  assert.equal(bob.other?.name, 'alice');
  assert.equal(bob.other?.words, null, 'the key is proof enough');
  assert.deepEqual(scene.environment.ice.violations, []);
});

test('pictures begin small, and have their full size a second after both have connected', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice'), await scene.side('bob')];
  await scene.joinByHold(alice, bob);
  const scales = () => [alice, bob].map(({ other }) =>
    other?.connection?.getTransceivers()[1]?.sender.getParameters().encodings[0]?.scaleResolutionDownBy);
  assert.deepEqual(scales(), [2, 2]);
  await scene.run(40);
  assert.deepEqual(scales(), [1, 1]);
});

test('without a key, both see the same words', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice', null), await scene.side('bob', null)];
  await scene.joinByHold(alice, bob);
  assert.equal(alice.other?.words?.length, 4);
  assert.deepEqual(alice.other?.words, bob.other?.words);
});

test('without a hold, the smaller id makes the link', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice'), await scene.side('bob')];
  meetWithoutHold(bob, alice);
  await scene.run(1);
  assert.equal(bob.sent.length, 0);
  await scene.run();
  assert.equal(alice.other?.path, 'connected');
});

test('of two links, the smaller stands', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice'), await scene.side('bob')];
  meetWithoutHold(alice, bob);
  await scene.run();
  const before = alice.other?.connection;
  alice.mesh.handleMessage('bob', JSON.stringify({ link: '~', seq: 1, base: 1, data: 'x' }));
  assert.equal(alice.other?.connection, before, 'a larger one is ignored');
  alice.mesh.handleMessage('bob', JSON.stringify({ link: '-', seq: 2, base: 1, data: 'x' }));
  assert.notEqual(alice.other?.connection, before);
});

test('a link that was given up is refused, and both find another', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice'), await scene.side('bob')];
  const link = await scene.joinByHold(alice, bob);
  // Bob was cut off for too long; he does not know that Alice has forgotten their link.
  alice.mesh.handlePresence({ type: 'gone', id: 'bob', reason: 'timeout' });
  alice.mesh.handlePresence({ type: 'joined', id: 'bob' });
  welcomed(bob, { participants: [{ id: 'alice', state: 'present' }] });
  await scene.run();
  assert.deepEqual(alice.rejects, [[link, 'dropped']]);
  assert.equal(alice.other?.path, 'connected');
  assert.equal(bob.other?.path, 'connected');
});

test('a hold belongs to one participant only', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice'), await scene.side('bob')];
  const link = await scene.joinByHold(alice, bob);
  alice.mesh.handlePresence({ type: 'joined', id: 'carol' });
  alice.mesh.handleMessage('carol', JSON.stringify({ link, seq: 1, base: 1, data: 'x' }));
  assert.deepEqual(alice.rejects, [[link, 'taken']]);
});

test('a hold that the server gave to one, and another had answered before, stays that one’s', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice'), await scene.side('bob')];
  const link = await scene.joinByHold(alice, bob);
  const { connection } = alice.other ?? {};
  const before = alice.sent.length;
  welcomed(alice, { resumed: true, capacity: 3, participants: [{ id: 'bob', state: 'present' }, { id: 'carol', state: 'present', link }] });
  await scene.run();
  const toCarol = alice.sent.slice(before).filter(({ to }) => to === 'carol');
  assert.ok(toCarol.length > 0 && toCarol.every(({ body }) => body.link !== link), 'she has a link of her own');
  assert.equal(alice.mesh.participants.find(({ id }) => id === 'bob')?.connection, connection);
  assert.equal(bob.other?.path, 'connected');
});

test('whoever speaks of a hold has taken it, also if the server has forgotten that', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice'), await scene.side('bob')];
  welcomed(alice);
  await scene.run(4);
  const link = alice.holds[0]?.link ?? '';
  welcomed(bob, { participants: [{ id: 'alice', state: 'present', link, held: 1 }] });
  bob.mesh.handleMessage('alice', (alice.holds[0] as Sent).text);
  alice.mesh.handlePresence({ type: 'joined', id: 'bob' });
  await scene.run();
  assert.equal(alice.other?.path, 'connected');
});

test('there is a hold for the next seat as long as there is one', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  welcomed(alice, { capacity: 3 });
  await scene.run(4);
  alice.mesh.handlePresence({ type: 'joined', id: 'bob', link: alice.holds[0]?.link as string });
  await scene.run(4);
  const links = new Set(alice.holds.map(({ link }) => link));
  assert.equal(links.size, 2);
  alice.mesh.handlePresence({ type: 'joined', id: 'carol', link: [...links][1] as string });
  await scene.run(4);
  assert.equal(new Set(alice.holds.map(({ link }) => link)).size, 2, 'the room is full');
});

/** Credentials for the relay at `host`. */
function credentials(username: string, host = 'relay.example', more: Partial<IceOffer> = {}): IceOffer {
  return { servers: [{ urls: `turn:${host}`, username, credential: 'c' }], lifetime: 600, restart: false, ...more };
}

test('a hold is made fresh when the network or the ICE servers change', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice', null);
  welcomed(alice);
  await scene.run(4);
  for (const refresh of [() => alice.mesh.restart(), () => alice.mesh.handleIce(credentials('a', 'other.example'))]) {
    const before = alice.holds.length;
    refresh();
    await scene.run(4);
    const fresh = alice.holds.slice(before);
    assert.deepEqual(fresh.map(({ seq, base }) => [seq, base]), [1, 2, 3, 4, 5].map((seq) => [before + seq, before + 1]));
    assert.equal((fresh[0]?.body.data as { kind: string }).kind, 'hello');
    assert.equal(fresh[0]?.link, alice.holds[0]?.link);
  }
});

// §5: "what was allocated lives on when its credentials expire"
test('credentials alone are for what is gathered later: no path begins anew', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice'), await scene.side('bob')];
  await scene.joinByHold(alice, bob);
  alice.mesh.handleIce(credentials('a'));
  await scene.run();
  const [before, sent] = [alice.holds.length, alice.sent.length];
  alice.mesh.handleIce(credentials('b'));
  await scene.run();
  assert.deepEqual([alice.holds.length, alice.sent.length], [before, sent]);
  const { connection } = alice.other ?? {};
  assert.equal(connection?.getConfiguration().iceServers?.[0]?.username, 'b', 'the next restart uses them');
  assert.equal(alice.mesh.iceServers[0]?.username, 'b');
});

// Each case gives new credentials after which what was allocated with the former ones may be gone.
const losses: readonly (readonly [string, number, (side: Side) => void])[] = [
  ['the service may end them', 0, ({ mesh }) => mesh.handleIce(credentials('b', 'relay.example', { restart: true }))],
  ['they had expired before', 600_000, ({ mesh }) => mesh.handleIce(credentials('b'))],
  ['the server has forgotten us', 0, (side) => welcomed(side, { iceServers: credentials('b').servers })],
];

for (const [why, later, renew] of losses) {
  test(`a hold begins anew with new credentials when ${why}`, async () => {
    const scene = new Scene();
    const alice = await scene.side('alice');
    welcomed(alice);
    alice.mesh.handleIce(credentials('a'));
    await scene.run(4);
    await scene.environment.clock.run(later);
    const before = alice.holds.length;
    renew(alice);
    await scene.run(4);
    assert.deepEqual(alice.holds.slice(-5).map(({ base }) => base), Array(5).fill(before + 1));
  });
}

test('a server that remembers us may give new credentials with its welcome: no path begins anew', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  welcomed(alice);
  alice.mesh.handleIce(credentials('a'));
  await scene.run(4);
  const { link, seq } = alice.holds.at(-1) as Sent;
  welcomed(alice, { resumed: true, iceServers: credentials('b').servers, hold: { link, seq } });
  await scene.run(4);
  assert.equal(alice.holds.at(-1)?.seq, seq);
  assert.equal(alice.mesh.iceServers[0]?.username, 'b');
});

test('the same ICE servers again change nothing', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  welcomed(alice);
  await scene.run(4);
  const before = alice.holds.length;
  welcomed(alice, { hold: { link: alice.holds[0]?.link, seq: before } });
  await scene.run(4);
  assert.equal(alice.holds.length, before);
});

test('a server without memory is given the hold again', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  welcomed(alice);
  await scene.run(4);
  const before = alice.holds.map(({ text }) => text);
  welcomed(alice);
  assert.deepEqual(alice.holds.slice(before.length).map(({ text }) => text), before);
});

test('nothing is added to a hold that is full, until it begins afresh', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  welcomed(alice);
  await scene.run(4);
  alice.mesh.handleHoldIsFull();
  const before = alice.holds.length;
  alice.mesh.introduce();
  alice.mesh.repeat();
  await scene.run(4);
  assert.equal(alice.holds.length, before);
  alice.mesh.restart();
  await scene.run(4);
  assert.ok(alice.holds.length > before);
});

test('whoever comes with another key ends, and whoever waited goes on waiting', async () => {
  for (const [waiterKey, joinerKey] of [[key, otherKey], [key, null], [null, key]] as const) {
    const scene = new Scene();
    const [alice, mallory] = [await scene.side('alice', waiterKey), await scene.side('mallory', joinerKey)];
    await scene.joinByHold(alice, mallory);
    assert.deepEqual(mallory.endings, ['key_mismatch']);
    assert.deepEqual(alice.endings, []);
    assert.equal(alice.other?.path, 'key_mismatch');
    assert.equal(alice.other?.connection, null, 'nothing flows');
  }
});

test('one with another key among those who have ours does not end the call', async () => {
  const scene = new Scene();
  const [alice, bob, mallory] = [await scene.side('alice'), await scene.side('bob'), await scene.side('mallory', otherKey)];
  const others = [{ id: 'alice', state: 'present' }, { id: 'mallory', state: 'present' }];
  welcomed(bob, { capacity: 3, participants: others });
  meetWithoutHold(alice, bob);
  welcomed(mallory, { capacity: 3, participants: [{ id: 'bob', state: 'present' }] });
  await scene.run();
  assert.deepEqual(bob.endings, []);
});

test('whoever exchanges the certificates is found out', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice', null), await scene.side('bob', null)];
  scene.tamper = (body) => body.replaceAll(/sha-256 ..:/g, 'sha-256 00:');
  await scene.joinByHold(alice, bob);
  assert.deepEqual(alice.endings, ['man_in_the_middle']);
  assert.deepEqual(bob.endings, ['man_in_the_middle']);
});

test('whoever leaves the commitment out of a hello, or the hello out, is found out', async () => {
  for (const removed of [/,"commit":"[^"]*"/, /"kind":"hello"/]) {
    const scene = new Scene();
    const [alice, bob] = [await scene.side('alice', null), await scene.side('bob', null)];
    scene.tamper = (body) => body.replace(removed, (text) => (text.startsWith(',') ? '' : '"kind":"none"'));
    await scene.joinByHold(alice, bob);
    assert.deepEqual([...new Set(bob.endings)], ['man_in_the_middle']);
    assert.equal(bob.other?.path, 'waiting');
  }
});

test('a later hello needs no commitment', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice', null), await scene.side('bob', null)];
  await scene.joinByHold(alice, bob);
  alice.mesh.introduce();
  await scene.run();
  assert.deepEqual(alice.sent.flatMap(({ body }) => hellos(body.data)).slice(-2), [true, false]);
  assert.deepEqual(bob.endings, []);
  assert.equal(bob.other?.words?.length, 4);
});

test('a certificate does not change once the words are known', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice', null), await scene.side('bob', null)];
  await scene.joinByHold(alice, bob);
  scene.tamper = (body) => body.replaceAll(/sha-256 ..:/g, 'sha-256 00:');
  alice.mesh.restart();
  await scene.run();
  assert.deepEqual(bob.endings, ['man_in_the_middle']);
});

test('who refuses link after link is offered no more of them', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice', null);
  welcomed(alice, { participants: [{ id: 'mallory', state: 'present' }] });
  for (let i = 0; i < 100; i += 1) {
    await scene.run(1);
    const link = alice.sent.findLast(({ to }) => to === 'mallory')?.body.link ?? '';
    alice.mesh.handleMessage('mallory', JSON.stringify({ link, reject: 'dropped' }));
  }
  assert.ok(new Set(alice.sent.map(({ body }) => body.link)).size <= 17);
});

test('who comes with ever smaller links is not followed for ever', async () => {
  const scene = new Scene();
  const bob = await scene.side('bob', null);
  welcomed(bob, { participants: [{ id: 'alice', state: 'present' }] });
  const connections = new Set<unknown>();
  for (let i = 99; i >= 0; i -= 1) {
    bob.mesh.handleMessage('alice', JSON.stringify({ link: `L${String(i).padStart(2, '0')}`, seq: 1, base: 1, data: {} }));
    connections.add(bob.other?.connection);
  }
  assert.ok(connections.size <= 17);
});

test('while somebody is away nothing is sent, and all of it when it is back', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice'), await scene.side('bob')];
  await scene.joinByHold(alice, bob);
  alice.mesh.handlePresence({ type: 'away', id: 'bob' });
  const before = alice.sent.length;
  alice.mesh.restart();
  await scene.run(4);
  assert.equal(alice.sent.length, before);
  assert.equal(alice.other?.path, 'connected', 'the media go on');
  alice.mesh.handlePresence({ type: 'back', id: 'bob' });
  await scene.run();
  assert.equal(bob.other?.path, 'connected');
  assert.deepEqual(scene.environment.ice.violations, []);
});

// docs/protocol.md §10
test('facts that are longer than they may be are not sent', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice', null), await scene.side('bob', null)];
  await scene.joinByHold(alice, bob);
  alice.mesh.tell({ text: 'é'.repeat(1_100) }, 'bob');
  alice.mesh.tell({ text: 'short' }, 'bob');
  await scene.run();
  const told = alice.sent.map(({ body }) => body.data as { kind?: string; facts?: unknown } | undefined).filter((data) => data?.kind === 'facts');
  assert.deepEqual(told, [{ kind: 'facts', facts: { text: 'short' } }]);
});

// docs/protocol.md §8
test('a link on which more comes in than can be read is given up, and not for its key', async () => {
  const scene = new Scene();
  const [alice, bob] = [await scene.side('alice', null), await scene.side('bob', null)];
  const link = await scene.joinByHold(alice, bob);
  const first = Math.max(...bob.sent.map(({ body }) => (body.data === undefined ? 0 : body.seq))) + 1;
  for (let seq = first; seq <= first + maxWaiting; seq += 1) {
    alice.mesh.handleMessage('bob', JSON.stringify({ link, seq, base: 1, ack: 0, data: { kind: 'restart' } }));
  }
  await scene.environment.clock.run(30); // she has, and he has not heard of it
  bob.mesh.tell({ text: 'on the link that alice has given up' }, 'alice');
  await scene.run();
  assert.deepEqual(alice.rejects, [[link, 'dropped']]);
  assert.deepEqual([alice, bob].map(({ other }) => other?.path), ['connected', 'connected'], 'over another link');
});
