// What strangers may send, in thousands of variants from a seed: nothing throws, and what is taken has the shape that the
// types promise: read once more, it is the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCandidate, parseIceUrl } from '../src/diagnosis/facts.ts';
import { parseSide } from '../src/diagnosis/side.ts';
import { EventParser } from '../src/event_socket.ts';
import { parseBody, parseFrame, parseMessage } from '../src/protocol.ts';
import { canonicalRoomName, formatRoomLink, parseRoomLink } from '../src/room_name.ts';
import { fingerprintOf } from '../src/verification.ts';
import { Mutator } from './support/mutator.ts';

const variants = 4_000;
const mutator = new Mutator(20_261_125);

const forms = <T>(samples: readonly T[], mutate: (sample: T) => T): T[] =>
  Array.from({ length: variants }, (_, i) => mutate(samples[i % samples.length] as T));
const texts = (...samples: string[]): string[] => forms(samples, (sample) => mutator.text(sample));
const values = (...samples: object[]): unknown[] => forms<unknown>(samples, (sample) => mutator.value(sample as object));

const sdp = 'v=0\r\na=ice-ufrag:abcd\r\na=fingerprint:sha-256 AB:CD:EF\r\na=setup:actpass\r\n';
const side = {
  version: 1, stun: true, offered: ['udp', 'tls'], relayOnly: false, looking: 900, gathered: true, host: ['ipv4'], reflexive: ['ipv4'],
  relayed: ['udp'], relayIsPrivate: false, errors: [{ kind: 'turn', transport: 'tcp', code: 401, cause: null }], udp: 'works',
  nat: 'same', ice: 'connected', dtls: 'connected', audio: 'on', video: 'busy', hears: true, sees: null, sendsAudio: true,
  sendsVideo: false, loss: 0.02, limit: 'cpu',
};

/** Whether some of the variants were still taken, and others not: else they show nothing. */
function both(taken: number): void {
  assert.ok(taken > variants / 100 && taken < variants, `${taken} of ${variants} were taken`);
}

test('frames of the server', () => {
  const participants = [{ id: 'other', state: 'away', link: 'L', held: 3 }];
  const welcome = { type: 'welcome', you: 'me', resumed: false, capacity: 2, participants, hold: { link: 'H', seq: 4 }, iceServers: [{ urls: ['stun:a.example'] }] };
  const frames = values(welcome, { type: 'joined', id: 'a', link: 'L' }, { type: 'gone', id: 'a' }, { type: 'error', code: 'room_full', retryAfter: 3 });
  const lines = [...frames.map((value) => JSON.stringify(value) ?? ''), ...texts(JSON.stringify(welcome), '{"type":"message","from":"a"}\nbody')];
  const taken = lines.map(parseFrame).filter((frame) => frame !== null);
  assert.ok(taken.length > variants / 100 && taken.length < lines.length);
  for (const frame of taken) {
    if (frame.type !== 'welcome') continue;
    for (const { id, state } of frame.participants) assert.ok(typeof id === 'string' && (state === 'present' || state === 'away'));
    assert.ok(Array.isArray(frame.ice.servers) && Number.isSafeInteger(frame.capacity));
  }
});

test('bodies and messages of the other browser', () => {
  const bodies = values({ link: 'L', seq: 3, base: 1, ack: 2, data: {} }, { link: 'L', ack: 7 }, { link: 'L', reject: 'key' })
    .map((value) => parseBody(JSON.stringify(value) ?? '')).filter((body) => body !== null);
  both(bodies.length);
  for (const body of bodies) assert.deepEqual(parseBody(JSON.stringify(body)), body);

  const messages = values(
    { kind: 'hello', name: 'Ann', audio: true, video: false, commit: 'c' }, { kind: 'media', audio: true, video: true },
    { kind: 'description', id: 1, answers: 1, description: { type: 'answer', sdp } }, { kind: 'candidate', of: 1, candidate: { candidate: 'x' } },
    { kind: 'reveal', nonce: 'n' }, { kind: 'restart' }, { kind: 'facts', facts: side },
  ).map(parseMessage).filter((message) => message !== null);
  both(messages.length);
  for (const message of messages) assert.deepEqual(parseMessage(message), message);
});

test('facts of the other end', () => {
  const sides = values(side).map(parseSide).filter((read) => read !== null);
  both(sides.length);
  for (const read of sides) assert.deepEqual(parseSide(JSON.parse(JSON.stringify(read))), read);
});

test('links, names of rooms, URLs and candidates', () => {
  const links = texts('https://call.example/abc-defg-hij#AAECAwQFBgcICQoLDA0ODw', 'https://[2001:db8::7]:8443/a-room', 'http://localhost/x%20y-z')
    .map(parseRoomLink).filter((link) => link !== null);
  both(links.length);
  for (const link of links) assert.deepEqual(parseRoomLink(formatRoomLink(link)), link);

  const names = texts('abc-defg-hij', 'The  Room_7').map(canonicalRoomName).filter((name) => name !== null);
  both(names.length);
  for (const name of names) assert.equal(canonicalRoomName(name), name);

  both(texts('turn:call.example:3478?transport=tcp', 'stun:[2001:db8::7]').map(parseIceUrl).filter((url) => url !== null).length);
  const candidates = texts('candidate:1 1 udp 2122260223 192.168.1.7 50000 typ srflx raddr 0.0.0.0 rport 0').map((text) => parseCandidate(text, 0)).filter((read) => read !== null);
  both(candidates.length);
});

test('a fingerprint is read where nothing else may be one', () => {
  const read = texts(sdp, `${sdp}a=fingerprint:sha-256 AB:CD:EF\r\n`).map((text) => [text, fingerprintOf(text)] as const);
  both(read.filter(([, fingerprint]) => fingerprint !== null).length);
  for (const [text, fingerprint] of read) {
    if (fingerprint !== null) assert.equal(new Set(text.match(/fingerprint:[^\r\n]*/gi)).size, 1);
  }
});

test('events are the same however they are cut', () => {
  for (const text of texts(': \n\nevent: open\ndata: {"token":"x"}\n\ndata: "a\\nb"\n\nevent: close\ndata: {"code":1000}\n\n')) {
    const whole = new EventParser().push(text);
    const parser = new EventParser();
    assert.deepEqual(mutator.cut(text).flatMap((piece) => parser.push(piece) ?? []), whole);
  }
});
