// docs/protocol.md §4, §7, §9, §11: which link a pair has, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mesh } from '../src/mesh.ts';
import type { Body, IceOffer } from '../src/protocol.ts';
import { parseFrame } from '../src/protocol.ts';
import { Sealer } from '../src/seal.ts';
import type { LocalMedia } from '../src/types.ts';
import { VirtualClock } from './support/clock.ts';
import { TestEnvironment, welcome } from './support/environment.ts';
import { IceNetwork } from './support/peer_connection.ts';
import { Prng } from './support/prng.ts';

const key = 'AAECAwQFBgcICQoLDA0ODw';
const otherKey = 'BAECAwQFBgcICQoLDA0ODw';

/** A frame that a side sent, taken apart. */
interface Sent {
  readonly type: 'send' | 'hold';
  readonly to?: string;
  readonly link?: string;
  readonly seq?: number;
  readonly base?: number;
  readonly lobby?: true;
  readonly body: Body;
  readonly text: string;
}

class Side {
  readonly id: string;
  readonly mesh: Mesh;
  readonly sent: Sent[] = [];
  readonly endings: string[] = [];
  silences = 0;
  media: LocalMedia = { audio: null, video: null };
  #taken = 0;

  constructor(scene: Scene, id: string, sealer: Sealer | null, waits = false) {
    this.id = id;
    const { environment } = scene;
    this.mesh = new Mesh({ self: id, sealer, environment }, () => environment.createPeerConnection({}));
    if (!waits) this.enter();
  }

  /** The person joins: from now on it speaks. */
  enter(): void {
    this.mesh.join({
      name: () => this.id,
      media: () => this.media,
      send: (frame) => this.sent.push(takeApart(frame)),
      changed: () => undefined,
      message: () => undefined,
      facts: () => undefined,
      silent: () => (this.silences += 1),
      end: (reason) => this.endings.push(reason),
    });
  }

  get other() {
    return this.mesh.participants[0];
  }

  get holds(): Sent[] {
    return this.sent.filter(({ type }) => type === 'hold');
  }

  get rejects(): unknown[] {
    return this.sent.flatMap(({ body }) => (body.reject === undefined ? [] : [[body.link, body.reject]]));
  }

  /** What was sent since the last time. */
  take(): Sent[] {
    const fresh = this.sent.slice(this.#taken);
    this.#taken = this.sent.length;
    return fresh;
  }
}

/** Sides whose frames to each other arrive; what they hold is given to whom the test says. */
class Scene {
  readonly environment: TestEnvironment;
  readonly sides: Side[] = [];
  tamper: (body: string) => string = (body) => body;

  constructor() {
    const clock = new VirtualClock();
    this.environment = new TestEnvironment(clock, new IceNetwork(clock, new Prng(3)));
  }

  async side(id: string, roomKey: string | null = key, { waits = false } = {}): Promise<Side> {
    const sealer = roomKey === null ? null : await Sealer.create(this.environment.crypto, 'abc', roomKey);
    const side = new Side(this, id, sealer, waits);
    this.sides.push(side);
    return side;
  }

  async run(rounds = 20): Promise<void> {
    for (let i = 0; i < rounds; i += 1) {
      await this.environment.clock.run(30);
      for (const side of this.sides) {
        for (const { to, text } of side.take()) {
          this.sides.find(({ id }) => id === to)?.mesh.handleMessage(side.id, this.tamper(text));
        }
      }
    }
  }

  /** `waiter` waits, and `joiner` comes and takes what it holds. */
  async joinByHold(waiter: Side, joiner: Side): Promise<string> {
    welcomed(waiter);
    await this.run(4);
    const link = waiter.holds[0]?.link ?? '';
    await this.handOver(waiter, joiner, link);
    return link;
  }

  /** `waiter` is in the room, and `visitor` in the lobby, where it is shown what the hold has for it. */
  async show(waiter: Side, visitor: Side, capacity = 2): Promise<string> {
    welcomed(waiter, { capacity });
    await this.run(4);
    for (const { text, lobby } of waiter.holds) if (lobby) visitor.mesh.handleMessage(waiter.id, text);
    return waiter.holds[0]?.link ?? '';
  }

  async handOver(waiter: Side, joiner: Side, link: string): Promise<void> {
    welcomed(joiner, { participants: [{ id: waiter.id, state: 'present', link, held: waiter.holds.length }] });
    for (const { text } of waiter.holds) joiner.mesh.handleMessage(waiter.id, this.tamper(text));
    waiter.mesh.handlePresence({ type: 'joined', id: joiner.id, link });
    await this.run();
  }
}

function takeApart(frame: string): Sent {
  const [header, text] = frame.split('\n');
  return { ...(JSON.parse(header as string) as Sent), body: JSON.parse(text as string) as Body, text: text as string };
}

function welcomed(side: Side, fields: object = {}): void {
  const frame = parseFrame(JSON.stringify(welcome(fields)));
  if (frame?.type === 'welcome') side.mesh.handleWelcome(frame);
}

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

test('what is sent another way while nothing arrives begins small, with a whole picture', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob');
  await scene.joinByHold(alice, bob);
  bob.mesh.replaceTrack('audio', { kind: 'audio' } as MediaStreamTrack);
  bob.media = { audio: { kind: 'audio' } as MediaStreamTrack, video: null };
  bob.mesh.introduce();
  await scene.run(40);
  const scale = () => alice.other?.connection?.getTransceivers()[1]?.sender.getParameters().encodings[0]?.scaleResolutionDownBy;
  const [tell] = scene.environment.paths;
  const [moved] = scene.environment.routes;
  moved?.();
  assert.equal(scale(), 1, 'a better way than one that is good needs no new beginning');
  tell?.(350);
  moved?.();
  assert.equal(scale(), 2);
  tell?.(0);
  await scene.run(40);
  assert.equal(scale(), 1);
});

test('a path that has fallen silent is looked for anew at once, and told of when it lasts', async () => {
  const scene = new Scene();
  const alice = await scene.side('alice');
  const bob = await scene.side('bob');
  await scene.joinByHold(alice, bob);
  const descriptions = () => alice.sent.length;
  const [tell] = scene.environment.paths;
  const before = descriptions();
  tell?.(350);
  await scene.run(2);
  assert.equal(descriptions(), before, 'nothing is expected of one who sends nothing');

  bob.mesh.replaceTrack('audio', { kind: 'audio' } as MediaStreamTrack);
  bob.media = { audio: { kind: 'audio' } as MediaStreamTrack, video: null };
  bob.mesh.introduce();
  await scene.run(4);
  tell?.(350);
  assert.equal(alice.silences + bob.silences, 1);
  assert.equal(alice.other?.path, 'connected', 'it may be a hiccup');
  tell?.(1000);
  assert.equal(alice.other?.path, 'interrupted');
  await scene.run(10);
  tell?.(0);
  assert.equal(alice.other?.path, 'connected');
});
