// What Chromium and Firefox really say, recorded from both: statistics of calls between the two (one direct, one with
// Chromium's relay over TCP and Firefox's over TLS), and what gathering told of servers that failed in different ways.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ConnectionLog } from '../../src/diagnosis/connection_log.ts';
import type { LinkFacts } from '../../src/diagnosis/facts.ts';
import { iceServerFacts } from '../../src/diagnosis/facts.ts';
import { sideOf } from '../../src/diagnosis/side.ts';
import type { Stats } from '../../src/diagnosis/stats.ts';
import { relaysOf, sampleOf } from '../../src/diagnosis/stats.ts';
import { diagnose } from '../../src/diagnosis/verdict.ts';
import { lost, made, side } from './made.ts';

function fixture<Of>(name: string): Readonly<Record<string, Of>> {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8')) as Record<string, Of>;
}

const stats = fixture<readonly [Stats, Stats]>('stats');

const routes = {
  'direct-chromium': ['host', 'host', null],
  'direct-firefox': ['host', 'host', null],
  'relayed-chromium': ['relay', 'relay', 'tcp'],
  'relayed-firefox': ['relay', 'relay', 'tls'],
} as const;

for (const [name, [local, remote, relay]] of Object.entries(routes)) {
  test(`statistics of ${name}: the route, and what flows both ways`, () => {
    const [before, after] = stats[name] as readonly [Stats, Stats];
    const sample = sampleOf(after, before, 0);
    assert.equal(sample.route?.local.kind, local);
    assert.equal(sample.route.remote.kind, remote);
    assert.equal(sample.route.local.relay, relay);
    assert.equal(sample.route.protocol, 'udp');
    assert.ok(sample.roundTrip !== null && sample.roundTrip > 0);
    for (const direction of ['received', 'sent'] as const) {
      const { audio, video } = sample[direction];
      assert.ok(audio && audio.packets > 10 && audio.bitsPerSecond > 1_000);
      assert.equal(audio.codec?.toLowerCase(), 'opus');
      assert.ok(video && video.packets > 5 && video.bitsPerSecond > 10_000);
      assert.equal(video.loss, 0);
      assert.ok((video.width ?? 0) >= 320 && (video.framesPerSecond ?? 0) > 0);
      assert.ok(video.codec);
    }
    assert.ok(sample.frames > 0);
  });
}

test('both browsers say in their statistics how they reach their relay', () => {
  assert.deepEqual(relaysOf(stats['relayed-chromium']![1]).map(({ relay }) => relay)[0], 'tcp');
  assert.deepEqual(relaysOf(stats['relayed-firefox']![1]).map(({ relay }) => relay)[0], 'tls');
});

type Line = { readonly at: number; readonly gathering?: string; readonly candidate?: object; readonly error?: object };

/** Plays what a browser said back to a log. */
function replay(lines: readonly Line[]): Partial<LinkFacts> {
  let now = 0;
  const connection = Object.assign(new EventTarget(), { iceGatheringState: 'new' });
  const log = new ConnectionLog(connection as unknown as RTCPeerConnection, () => now);
  for (const { at, gathering, candidate, error } of lines) {
    now = at;
    if (gathering !== undefined) {
      connection.iceGatheringState = gathering;
      connection.dispatchEvent(new Event('icegatheringstatechange'));
    }
    if (candidate) connection.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }));
    if (error) connection.dispatchEvent(Object.assign(new Event('icecandidateerror'), error));
  }
  return { local: log.local, errors: log.errors, states: log.states, searching: log.searching };
}

const gathering = fixture<readonly Line[]>('gathering');
const turn = iceServerFacts([
  { urls: ['turn:127.0.0.1:40543?transport=udp', 'turn:127.0.0.1:40543?transport=tcp', 'turns:localhost:40543?transport=tcp'] },
]);
const udp = iceServerFacts([{ urls: ['stun:127.0.0.1:32778', 'turn:127.0.0.1:32778'] }]);

for (const browser of ['chromium', 'firefox']) {
  const after = (name: string, milliseconds: number, iceServers = turn, theirs = side({ relayed: ['udp'], ice: 'checking' })) => {
    const lines = (gathering[`${browser} ${name}`] as readonly Line[]).filter(({ at }) => at <= milliseconds);
    const link = lost({ ...replay(lines), since: 0, theirs });
    return made({ now: milliseconds, iceServers, links: [link] });
  };
  const sideAfter = (...given: Parameters<typeof after>) => {
    const facts = after(...given);
    return sideOf(facts, facts.links[0]!);
  };

  test(`${browser}: a relay that answers over UDP, TCP and TLS`, () => {
    const { relayed, udp, errors, gathered } = sideAfter('good', 4_000);
    assert.ok(relayed.includes('udp') || browser === 'firefox');
    assert.equal(gathered, true);
    assert.deepEqual(errors, []);
    assert.equal(udp, 'works');
  });

  const causes = {
    wrongsecret: 'relay_credentials',
    closedtcp: 'relay_unreachable',
    dns: 'relay_name',
    deadtcp: 'relay_unreachable',
    tlsdead: 'relay_unreachable',
  } as const;
  for (const [name, cause] of Object.entries(causes)) {
    test(`${browser}: ${name} is ${cause} within 5 s`, () => {
      assert.equal(diagnose(after(name, 4_900)).verdict.cause, cause);
    });
  }

  test(`${browser}: a quota that is spent`, () => {
    assert.ok(sideAfter('quota', 4_900).errors.some(({ code }) => code === 486));
  });

  test(`${browser}: UDP that is swallowed is blocked, within 5 s and also when the browser has given up`, () => {
    assert.equal(sideAfter('deadudp', 4_900, udp).udp, 'blocked');
    assert.equal(sideAfter('deadudp', 19_000, udp).udp, 'blocked');
  });
}

test('Chromium: a certificate that is not accepted', () => {
  const lines = gathering['chromium badcert'] as readonly Line[];
  const link = lost({ ...replay(lines), since: 0 });
  assert.equal(diagnose(made({ now: 4_900, iceServers: turn, links: [link] })).verdict.cause, 'relay_certificate');
});
