// docs/protocol.md §10, on models of RTCPeerConnection that throw where a browser would.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NegotiationOwner } from '../src/negotiation.ts';
import { Negotiation } from '../src/negotiation.ts';
import { VirtualClock } from './support/clock.ts';
import type { ModelPeerConnection } from './support/peer_connection.ts';
import { IceNetwork } from './support/peer_connection.ts';
import { Prng } from './support/prng.ts';

type Emitted = Parameters<NegotiationOwner['emit']>[0];

class Side {
  readonly connection: ModelPeerConnection;
  readonly negotiation: Negotiation;
  readonly emitted: Emitted[] = [];
  /** Candidates of this text are guessed to be of that one. */
  guesses: Record<string, string> = {};
  #delivered = 0;

  constructor(ice: IceNetwork, impolite: boolean) {
    this.connection = ice.create();
    const track = { kind: 'audio' } as MediaStreamTrack;
    this.negotiation = new Negotiation(this.connection as unknown as RTCPeerConnection, {} as MediaStream, impolite, {
      media: () => ({ audio: track, video: null }),
      isInLobby: () => false,
      emit: (message) => this.emitted.push(message),
      mapping: {
        learn: ({ candidate }) => candidate in this.guesses,
        guess: ({ candidate, usernameFragment }) => ({ candidate: this.guesses[candidate] ?? '', usernameFragment }),
      },
      fail: (error) => assert.fail(String(error)),
    });
  }

  /** Hands everything emitted so far to the other side, in order. */
  deliverTo(other: Side): void {
    for (const message of this.emitted.slice(this.#delivered)) other.receive(message);
    this.#delivered = this.emitted.length;
  }

  receive(message: Emitted): void {
    if (message.kind === 'description') this.negotiation.handleDescription(message);
    else this.negotiation.handleCandidate(message);
  }
}

async function pair() {
  const clock = new VirtualClock();
  const ice = new IceNetwork(clock, new Prng(7));
  const [offerer, answerer] = [new Side(ice, true), new Side(ice, false)];
  const exchange = async (rounds = 12): Promise<void> => {
    for (let i = 0; i < rounds; i += 1) {
      await clock.run(10);
      offerer.deliverTo(answerer);
      answerer.deliverTo(offerer);
    }
  };
  offerer.negotiation.offer();
  return { clock, ice, offerer, answerer, exchange };
}

function assertAgreed(ice: IceNetwork, ...sides: Side[]): void {
  assert.deepEqual(ice.violations, []);
  for (const { connection } of sides) {
    assert.equal(connection.signalingState, 'stable');
    assert.equal(connection.connectionState, 'connected');
    assert.ok(ice.otherEnd(connection), 'both ends are of one generation');
    assert.deepEqual(connection.getTransceivers().map(({ direction }) => direction), ['sendrecv', 'sendrecv']);
  }
}

test('an offer, an answer and their candidates connect', async () => {
  const { ice, offerer, answerer, exchange } = await pair();
  await exchange();
  assertAgreed(ice, offerer, answerer);
  const [audio, video] = answerer.connection.getTransceivers();
  assert.deepEqual([audio?.sender.track, video?.sender.track], [{ kind: 'audio' }, null]);
});

test('both begin with a small picture, and enlarge it when they are told to', async () => {
  const { offerer, answerer, exchange } = await pair();
  const scales = () => [offerer, answerer].map(({ connection }) => {
    const [audio, video] = connection.getTransceivers().map(({ sender }) => sender.getParameters().encodings[0]?.scaleResolutionDownBy);
    assert.equal(audio, undefined);
    return video;
  });
  await exchange();
  assert.deepEqual(scales(), [2, 2]);
  for (const { negotiation } of [offerer, answerer]) negotiation.enlarge();
  assert.deepEqual(scales(), [1, 1]);
});

test('the end of candidates is told', async () => {
  const { offerer, exchange } = await pair();
  await exchange();
  assert.deepEqual(offerer.emitted.at(-1), { kind: 'candidate', of: 1, candidate: null });
});

test('candidates wait for their description', async () => {
  const { ice, clock, offerer, answerer, exchange } = await pair();
  await clock.run(100);
  const [offer, ...candidates] = offerer.emitted;
  for (const candidate of candidates) answerer.receive(candidate);
  await clock.run(100);
  answerer.receive(offer as Emitted);
  await exchange();
  assertAgreed(ice, offerer, answerer);
});

test('ICE restarts, by either side', async () => {
  const { ice, offerer, answerer, exchange } = await pair();
  await exchange();
  for (const side of [offerer, answerer]) {
    const before = side.connection.localFragment;
    side.negotiation.restart();
    await exchange();
    assertAgreed(ice, offerer, answerer);
    assert.notEqual(side.connection.localFragment, before);
  }
});

test('both restart at once: the polite side gives way', async () => {
  const { ice, offerer, answerer, exchange } = await pair();
  await exchange();
  offerer.negotiation.restart();
  answerer.negotiation.restart();
  await exchange();
  assertAgreed(ice, offerer, answerer);
});

test('an offer that is not yet answered can be replaced; the answer to the old one is ignored', async () => {
  const { ice, clock, offerer, answerer, exchange } = await pair();
  await clock.run(50);
  offerer.deliverTo(answerer);
  await clock.run(50);
  offerer.negotiation.restart();
  await clock.run(50);
  answerer.deliverTo(offerer);
  await clock.run(50);
  assert.equal(offerer.connection.signalingState, 'have-local-offer');
  await exchange();
  assertAgreed(ice, offerer, answerer);
});

test('the first offer is never rolled back, also when the answerer restarts before its answer has arrived', async () => {
  const { ice, clock, offerer, answerer, exchange } = await pair();
  await clock.run(50);
  offerer.deliverTo(answerer);
  await clock.run(50);
  offerer.negotiation.restart();
  answerer.negotiation.restart();
  await clock.run(50);
  await exchange();
  assertAgreed(ice, offerer, answerer);
});

test('repeated and outdated descriptions change nothing', async () => {
  const { ice, offerer, answerer, exchange } = await pair();
  await exchange();
  for (const message of offerer.emitted) answerer.receive(message);
  for (const message of answerer.emitted) offerer.receive(message);
  await exchange();
  assertAgreed(ice, offerer, answerer);
});

test('a restart before there is anything to restart does nothing', async () => {
  const { ice, clock, answerer } = await pair();
  answerer.negotiation.restart();
  await clock.run(50);
  assert.deepEqual(answerer.emitted, []);
  assert.deepEqual(ice.violations, []);
});

test('a candidate belongs to the description of its generation; of one that was replaced long ago none is sent', async () => {
  const { clock, offerer, answerer, exchange } = await pair();
  await exchange();
  const restarts = 6;
  for (const { connection, negotiation, emitted } of [offerer, answerer]) {
    const fragments = [connection.localFragment];
    for (let i = 0; i < restarts; i += 1) {
      negotiation.restart();
      await exchange();
      fragments.push(connection.localFragment);
    }
    const { length } = emitted;
    for (const usernameFragment of fragments) {
      const candidate = { candidate: 'candidate:late', usernameFragment };
      connection.onicecandidate?.({ candidate: { ...candidate, toJSON: () => candidate } });
    }
    await clock.run(10);
    const late = emitted.slice(length).map((message) => (message.kind === 'candidate' ? [message.of, message.candidate?.usernameFragment] : []));
    const descriptions = emitted.filter((message) => message.kind === 'description');
    const idOf = (fragment: string | null) => descriptions.find(({ description }) => description.sdp.includes(`a=ice-ufrag:${fragment}\r`))?.id;
    assert.deepEqual(late, fragments.slice(-4).map((fragment) => [idOf(fragment), fragment]));
  }
});

test('what is guessed of a candidate is told behind it, and once more for those of the latest generation', async () => {
  const { clock, offerer, exchange } = await pair();
  await exchange();
  const { connection, negotiation, emitted } = offerer;
  offerer.guesses = { host: 'a' };
  const former = connection.localFragment;
  const gather = (candidate: string, usernameFragment = connection.localFragment): void => {
    const init = { candidate, usernameFragment };
    connection.onicecandidate?.({ candidate: { ...init, toJSON: () => init } });
  };
  const tail = async (from: number): Promise<unknown[]> => {
    await clock.run(10);
    return emitted.slice(from).map((message) => (message.kind === 'candidate' ? [message.of, message.candidate?.candidate] : message.kind));
  };
  const before = emitted.length;
  gather('host');
  gather('relay');
  assert.deepEqual(await tail(before), [[1, 'host'], [1, 'a'], [1, 'relay']]);

  negotiation.restart();
  await exchange();
  const restarted = emitted.length;
  gather('host');
  gather('host', former);
  assert.deepEqual(await tail(restarted), [[2, 'host'], [2, 'a'], [1, 'host']], 'a late one of the former is told, and no more');
  offerer.guesses = { host: 'b' };
  negotiation.guessAnew();
  assert.deepEqual(await tail(restarted + 3), [[2, 'b']]);
});

test('an address that was guessed is not told again when it is gathered, nor guessed when it was', async () => {
  const { clock, offerer, exchange } = await pair();
  await exchange();
  offerer.negotiation.restart();
  await exchange();
  const { connection, emitted } = offerer;
  const reflexive = (address: string, port: number): string => `candidate:1 1 udp 5 ${address} ${port} typ srflx raddr 10.0.0.9 rport ${port}`;
  const hosts = [40_000, 40_001, 40_002, 40_003, 40_004].map((port) => `candidate:1 1 udp 9 10.0.0.9 ${port} typ host`);
  offerer.guesses = Object.fromEntries(hosts.map((host, i) => [host, reflexive('192.0.2.9', 40_000 + i).replace('udp 5', 'udp 6')]));
  const before = emitted.length;
  const gather = (candidate: string): void => {
    const init = { candidate, usernameFragment: connection.localFragment };
    connection.onicecandidate?.({ candidate: { ...init, toJSON: () => init } });
  };
  gather(reflexive('192.0.2.9', 40_001));
  for (const host of hosts) gather(host);
  gather(reflexive('192.0.2.9', 40_000));
  gather(reflexive('192.0.2.9', 41_000));
  await clock.run(10);
  const told = emitted.slice(before).flatMap((message) => (message.kind === 'candidate' ? [/ ([\d.]+ \d+) typ/.exec(message.candidate?.candidate ?? '')?.[1]] : []));
  assert.deepEqual(told.filter((each) => each?.startsWith('192')), ['192.0.2.9 40001', '192.0.2.9 40000', '192.0.2.9 40002', '192.0.2.9 40003', '192.0.2.9 41000'],
    'each once, and of four hosts at most');
  assert.equal(told.filter((each) => each?.startsWith('10')).length, 5, 'every host');
});
