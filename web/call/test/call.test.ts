// The public face: states, seats, and what the page may do when.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinCall, prepareCall, tabSeats } from '../src/index.ts';
import type { Call, CallOptions } from '../src/index.ts';
import { settle } from './support/clock.ts';
import { TestEnvironment, welcome } from './support/environment.ts';

const link = 'https://call.example/abc-defg-hij#AAECAwQFBgcICQoLDA0ODw';

class Seats {
  secrets: readonly string[] = [];

  read(): readonly string[] {
    return this.secrets;
  }

  write(_room: string, secrets: readonly string[]): void {
    this.secrets = secrets;
  }
}

async function join(options: CallOptions = {}) {
  const environment = new TestEnvironment();
  const seat = new Seats();
  const call = joinCall(link, { environment, seat, ...options });
  await settle();
  return { environment, seat, call };
}


test('a call goes from connecting to alone to in-call, and back', async () => {
  const { environment, call } = await join();
  const states: string[] = [];
  call.on('change', () => {
    if (states.at(-1) !== call.state.kind) states.push(call.state.kind);
  });
  assert.deepEqual(call.state, { kind: 'connecting', nextTryAt: null, trouble: null });
  assert.equal(environment.socket.url, 'wss://call.example/api/rooms/abc-defg-hij/join');
  environment.socket.receive(welcome());
  environment.socket.receive({ type: 'joined', id: 'bob' });
  environment.socket.receive({ type: 'gone', id: 'bob', reason: 'left' });
  call.leave();
  assert.deepEqual(states, ['alone', 'in-call', 'alone', 'ended']);
  assert.deepEqual(call.state.kind === 'ended' && call.state.reason, 'left');
});

test('an unreachable server is told of, with the time of the next try, and tried at once on request', async () => {
  const { environment, call } = await join();
  environment.socket.end(1006);
  environment.lastPost.fail();
  assert.deepEqual(call.state, { kind: 'connecting', nextTryAt: environment.now() + 250, trouble: 'server_unreachable' });
  call.tryNow();
  assert.equal(environment.sockets.length, 2);
  call.tryNow();
  assert.equal(environment.sockets.length, 2, 'a try is under way');
});

test('a call that lost its server resumes, and names whom it was in the call with', async () => {
  const { environment, call } = await join();
  environment.socket.receive(welcome({ participants: [{ id: 'bob', state: 'present' }] }));
  environment.socket.end(1006);
  assert.equal(call.state.kind, 'reconnecting');
  assert.equal(call.participants.length, 1);
  await environment.clock.run(250);
  const { resume, replaces, attempt } = environment.socket.joinRequest;
  assert.deepEqual([resume, replaces, attempt], [{ known: ['bob'] }, undefined, 2]);
});

test('a reloaded page takes the seat of the one before', async () => {
  const first = await join();
  first.environment.socket.receive(welcome());
  const [secret] = first.seat.secrets;
  assert.equal(first.environment.socket.joinRequest['secret'], secret);

  const environment = new TestEnvironment();
  joinCall(link, { environment, seat: first.seat });
  await settle();
  assert.equal(environment.socket.joinRequest['replaces'], secret);
  assert.notEqual(environment.socket.joinRequest['secret'], secret);
});

test('a page that ended before it was welcomed leaves both secrets to the next', async () => {
  const first = await join();
  first.environment.socket.receive(welcome());
  const seat = first.seat;
  const secrets = [...seat.secrets];
  for (let i = 0; i < 2; i += 1) {
    const environment = new TestEnvironment();
    joinCall(link, { environment, seat });
    await settle();
    const replaces = environment.socket.joinRequest['replaces'];
    assert.deepEqual(typeof replaces === 'string' ? [replaces] : replaces, secrets);
    secrets.push(String(environment.socket.joinRequest['secret']));
  }
});

test('leaving forgets the seat, if the server could be told', async () => {
  const present = await join();
  present.environment.socket.receive(welcome());
  present.call.leave();
  assert.deepEqual(present.seat.secrets, []);

  const cutOff = await join();
  cutOff.environment.socket.receive(welcome());
  cutOff.environment.socket.end(1006);
  cutOff.call.leave();
  assert.equal(cutOff.seat.secrets.length, 1, 'whoever comes again takes it over');
});

test('a change of network opens a new connection at once', async () => {
  const { environment, call } = await join();
  environment.socket.receive(welcome());
  environment.changeNetwork();
  assert.equal(environment.sockets.length, 2);
  assert.ok(environment.sockets[0]?.isClosed);
  call.leave();
  environment.changeNetwork();
  assert.equal(environment.sockets.length, 2);
});

test('a call can be told to use relays only, from its first connection on', async () => {
  for (const iceTransportPolicy of ['relay', undefined] as const) {
    const { environment, call } = await join(iceTransportPolicy ? { iceTransportPolicy } : {});
    environment.socket.receive(welcome({ capacity: 3 }));
    environment.socket.receive({ type: 'joined', id: 'zoe' });
    await settle();
    const policies = environment.ice.connections.map((each) => each.getConfiguration().iceTransportPolicy);
    assert.ok(policies.length >= 1);
    assert.deepEqual(policies, policies.map(() => iceTransportPolicy ?? 'all'));
    call.leave();
  }
});

test('after rate_limited nothing is sent for as long as the server says, and then all of it again', async () => {
  const { environment } = await join();
  environment.socket.receive(welcome());
  await environment.clock.run(100);
  environment.socket.receive({ type: 'error', code: 'rate_limited', text: 'Slower.', retryAfter: 800 });
  const before = environment.socket.sent.length;
  await environment.clock.run(799);
  assert.equal(environment.socket.sent.length, before);
  await environment.clock.run(1);
  assert.ok(environment.socket.sent.filter((frame) => frame.startsWith('{"type":"hold"')).length >= 5);
});

test('mute and unmute are told to everybody, and change no description', async () => {
  const { call } = await join();
  const track = { kind: 'audio' } as MediaStreamTrack;
  call.setTrack('audio', track);
  assert.deepEqual(call.media, { audio: track, video: null });
  let changes = 0;
  call.on('change', () => (changes += 1));
  call.setTrack('audio', track);
  assert.equal(changes, 0);
  call.setTrack('audio', null);
  assert.equal(changes, 1);
});

test('a refused call says why, and does not try again', async () => {
  const { environment, call } = await join();
  environment.socket.receive({ type: 'error', code: 'room_full', text: 'Every seat is taken.' });
  environment.socket.end(4002);
  assert.deepEqual(call.state, { kind: 'ended', reason: 'room_full', text: 'Every seat is taken.' });
  await environment.clock.run(60_000);
  assert.equal(environment.sockets.length, 1);
});

async function waitInLobby() {
  const environment = new TestEnvironment();
  const seat = new Seats();
  const lobby = prepareCall(link, { environment, seat });
  lobby.wait();
  await settle();
  return { environment, seat, lobby, early: environment.socket };
}

test('in the lobby a connection is opened that waits', async () => {
  const { environment, early } = await waitInLobby();
  assert.equal(environment.sockets.length, 1);
  assert.equal(early.joinRequest['wait'], true);
  early.onopen?.();
  assert.deepEqual(early.sent, []);
});

test('whoever joins from the lobby goes on with the connection that waits', async () => {
  const { environment, lobby, early } = await waitInLobby();
  early.onopen?.();
  const call: Call = lobby.join({ name: 'Ada' });
  await settle();
  assert.equal(environment.sockets.length, 1);
  assert.deepEqual(early.sent, ['{"type":"join"}']);
  early.receive(welcome());
  assert.equal(call.state.kind, 'alone');
  assert.equal(call.name, 'Ada');
});

test('a connection that is not open yet joins as soon as it is', async () => {
  const { environment, lobby, early } = await waitInLobby();
  lobby.join();
  await settle();
  assert.deepEqual(early.sent, []);
  early.onopen?.();
  assert.deepEqual(early.sent, ['{"type":"join"}']);
  assert.equal(environment.sockets.length, 1);
});

test('a connection that ended in the lobby is no loss', async () => {
  const { environment, lobby, early } = await waitInLobby();
  early.onopen?.();
  early.receive({ type: 'ice', iceServers: [] });
  early.end(1006);
  lobby.join();
  await settle();
  assert.equal(environment.sockets.length, 2);
  assert.equal(environment.socket.joinRequest['wait'], undefined);
});

test('where no WebSocket gets through, that is found out in the lobby', async () => {
  const { environment, lobby, early } = await waitInLobby();
  early.onopen?.();
  await environment.clock.run(3_000);
  assert.ok(early.isClosed, 'it opened, but nothing came');
  const stream = environment.lastPost;
  stream.onhead?.(200);
  stream.tell('open', { token: 't' });
  stream.receive({ type: 'ice', iceServers: [] });
  const call = lobby.join();
  await settle();
  assert.equal(environment.lastPost.body, 't 1 15\n{"type":"join"}');
  stream.receive(welcome());
  assert.equal(call.state.kind, 'alone');
  assert.equal(environment.sockets.length, 1);
});

test('a page that joins at once opens one connection, which does not wait', async () => {
  const environment = new TestEnvironment();
  joinCall(link, { environment, seat: new Seats() });
  await settle();
  assert.equal(environment.sockets.length, 1);
  assert.equal(environment.socket.joinRequest['wait'], undefined);
});

test('a seat found meanwhile is asked for anew', async () => {
  const { environment, lobby, seat, early } = await waitInLobby();
  early.onopen?.();
  seat.write('abc-defg-hij', ['earlier']);
  lobby.join();
  await settle();
  assert.equal(early.isClosed, true);
  assert.equal(environment.socket.joinRequest['replaces'], 'earlier');
});

test('nobody joins: the connection that waits is closed', async () => {
  const { lobby, early } = await waitInLobby();
  lobby.close();
  assert.equal(early.isClosed, true);
});

test('a call that was left before it began never opens a connection', async () => {
  const environment = new TestEnvironment();
  const call = joinCall(link, { environment, seat: new Seats() });
  call.leave();
  await settle();
  assert.equal(environment.sockets.length, 0);
  assert.equal(call.state.kind, 'ended');
});

test('an address that leads to no room is refused at once', () => {
  assert.throws(() => joinCall('https://call.example/'), TypeError);
});

test('a call that the browser does not let begin ends, and says so', async () => {
  const refuse = () => {
    throw new DOMException('Not here.', 'SecurityError');
  };
  const refused: CallOptions['environment'][] = [{ openSocket: refuse }, { createPeerConnection: refuse }, { createMediaStream: refuse }];
  for (const environment of refused) {
    const lobby = prepareCall(link, { environment: { ...new TestEnvironment(), ...environment }, seat: new Seats() });
    lobby.wait();
    await settle();
    const call = lobby.join();
    let changes = 0;
    call.on('change', () => (changes += 1));
    await settle();
    assert.equal(call.state.kind === 'ended' && call.state.reason, 'browser_refused');
    assert.equal(changes, 1);
  }
});

test('a socket that is refused later, in the call, is tried again', async () => {
  let isRefused = false;
  const environment = new TestEnvironment();
  const openSocket = (url: string, protocols: string[]) => {
    if (isRefused) throw new DOMException('Not now.', 'SecurityError');
    return environment.openSocket(url, protocols);
  };
  const { call } = await join({ environment: { ...environment, openSocket } });
  environment.socket.receive(welcome());
  isRefused = true;
  environment.socket.end(1006);
  await environment.clock.run(250);
  assert.equal(call.state.kind, 'reconnecting');
  environment.lastPost.fail();
  isRefused = false;
  await environment.clock.run(500);
  assert.equal(environment.sockets.length, 2);
});

test('storage that is full or forbidden does not stand in the way of a seat', () => {
  const { sessionStorage } = globalThis;
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new DOMException('Full.', 'QuotaExceededError');
    },
  };
  Object.defineProperty(globalThis, 'sessionStorage', { value: full, configurable: true, writable: true });
  tabSeats.write('abc', ['secret']);
  assert.deepEqual(tabSeats.read('abc'), []);
  Object.defineProperty(globalThis, 'sessionStorage', { value: sessionStorage, configurable: true, writable: true });
});
