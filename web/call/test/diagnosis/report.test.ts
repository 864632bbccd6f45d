// docs/report.md: the report, its addresses, the waterfall, and the facts that browsers tell each other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { familyOf, isPrivate, parseCandidate, parseIceUrl } from '../../src/diagnosis/facts.ts';
import { maskAddress, reportOf } from '../../src/diagnosis/report.ts';
import { parseSide, sideOf } from '../../src/diagnosis/side.ts';
import { waterfallOf } from '../../src/diagnosis/waterfall.ts';
import { isShort } from '../../src/protocol.ts';
import { error, link, made, relay, relayRoute, samples, side } from './made.ts';

const addresses = /203\.0\.113\.7|198\.51\.100\.9|192\.168\.1\.5|192\.0\.2\.1\b/;
const withAddresses = made({
  links: [
    link({
      samples: samples({ route: relayRoute('tls') }),
      errors: [error('turn:calls.example.org', 701, 'no answer to 203.0.113.7:40000')],
    }),
  ],
});

test('a report has its version, the verdict on top, both ends, and JSON keeps all of it', () => {
  const report = reportOf(withAddresses, 'Browser/1');
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  const { version, made: when, verdict, browser, links } = report;
  assert.deepEqual(
    { version, when, cause: verdict.cause, browser },
    { version: 1, when: '2027-01-15T08:01:00.000Z', cause: 'relayed', browser: 'Browser/1' },
  );
  const [one] = links;
  assert.equal(one?.route?.local.relay, 'tls');
  assert.deepEqual(one.mine.relayed, ['udp', 'tcp']);
  assert.deepEqual(one.theirs, side());
  assert.equal('participant' in one, false);
});

test('addresses are masked unless they are asked for', () => {
  assert.doesNotMatch(JSON.stringify(reportOf(withAddresses, '')), addresses);
  const whole = JSON.stringify(reportOf(withAddresses, '', { addresses: true }));
  for (const address of ['203.0.113.7', '192.168.1.5', '192.0.2.1']) assert.ok(whole.includes(address));
});

test('a masked address leaves the network to be guessed at', () => {
  assert.equal(maskAddress('203.0.113.7'), '203.0.x.x');
  assert.equal(maskAddress('2001:db8:1:2::7'), '2001:db8:x');
  assert.equal(maskAddress('0b6c2c3d-1f4e.local'), 'x.local');
  assert.equal(maskAddress(''), '');
});

test('a newcomer’s waterfall begins with the server; that of who waited, when the other one came', () => {
  const bars = waterfallOf(made(), link());
  assert.deepEqual(
    bars.map(({ step }) => step),
    ['server', 'addresses', 'relay', 'description', 'path', 'encryption', 'picture'],
  );
  assert.deepEqual(bars[0], { step: 'server', from: 0, to: 100 });
  assert.deepEqual(bars.at(-1), { step: 'picture', from: 500, to: 700 });
  const waited = waterfallOf(made(), link({ since: 30_000, marks: [{ at: 30_200, what: 'answer_received' }] }));
  assert.equal(
    waited.find(({ step }) => step === 'server'),
    undefined,
  );
  assert.deepEqual(
    waited.find(({ step }) => step === 'description'),
    { step: 'description', from: 0, to: 200 },
  );
});

test('what is not finished has no end', () => {
  const bars = waterfallOf(made(), link({ states: [{ at: 300, what: 'ice', state: 'checking' }], marks: [] }));
  assert.deepEqual(
    bars.find(({ step }) => step === 'path'),
    { step: 'path', from: 200, to: null },
  );
});

// docs/protocol.md §10 `facts`
test('a side fits into its bound and comes out as it went in', () => {
  const errors = Array.from({ length: 20 }, (_, i) => error('turn:[2001:db8::1]:3478?transport=tcp', 400 + i));
  const facts = made({ links: [link({ errors, local: [relay('udp'), relay('tls')] })] });
  const made1 = sideOf(facts, facts.links[0]!);
  assert.ok(isShort(made1));
  assert.equal(made1.errors.length, 8);
  assert.deepEqual(parseSide(JSON.parse(JSON.stringify(made1))), made1);
});

test('a side names no address', () => {
  assert.doesNotMatch(JSON.stringify(sideOf(withAddresses, withAddresses.links[0]!)), addresses);
});

test('what is no side, or of another version, is none; odd members count for nothing', () => {
  for (const value of [null, 7, 'x', [], {}, { ...side(), version: 2 }]) assert.equal(parseSide(value), null);
  const odd = parseSide({
    version: 1,
    offered: ['udp', 'pigeon', 7],
    udp: 'maybe',
    ice: {},
    loss: 7,
    errors: [null, { code: 'x' }, {}],
    looking: -3,
    hears: 'yes',
    limit: 'heat',
  });
  assert.deepEqual(odd?.offered, ['udp']);
  assert.deepEqual(
    [odd?.udp, odd?.ice, odd?.loss, odd?.looking, odd?.hears, odd?.limit],
    ['unknown', 'new', null, 0, null, null],
  );
  assert.equal(odd?.errors.length, 2);
});

test('URLs of ICE servers, with and without port and transport', () => {
  const parts = (url: string) => {
    const { kind, host, port, transport } = parseIceUrl(url) ?? {};
    return [kind, host, port, transport];
  };
  assert.deepEqual(parts('stun:calls.example.org'), ['stun', 'calls.example.org', 3478, 'udp']);
  assert.deepEqual(parts('turn:calls.example.org:80?transport=tcp'), ['turn', 'calls.example.org', 80, 'tcp']);
  assert.deepEqual(parts('turns:[2001:db8::1]'), ['turn', '[2001:db8::1]', 5349, 'tls']);
  assert.equal(parseIceUrl('https://calls.example.org'), null);
});

test('candidates as browsers write them', () => {
  const chromium =
    'candidate:1797656238 1 udp 24912127 192.0.2.1 63265 typ relay raddr 203.0.113.7 rport 58354 generation 0 ufrag ZVaM network-id 1';
  const {
    kind,
    relay: over,
    base,
    port,
  } = parseCandidate(chromium, 5, { url: 'turns:localhost:40543?transport=tcp', relayProtocol: null }) ?? {};
  assert.deepEqual([kind, over, base, port], ['relay', 'tls', 58354, 63265]);
  assert.equal(parseCandidate('candidate:4 1 TCP 2105458943 fd00::2 9 typ host tcptype active', 0)?.protocol, 'tcp');
  assert.equal(parseCandidate('candidate:0 2 UDP 1 192.0.2.2 1 typ host', 0), null, 'of another component');
  assert.equal(parseCandidate('', 0), null);
});

test('families and private addresses', () => {
  assert.deepEqual(['192.0.2.1', 'fd00::1', 'a-b.local'].map(familyOf), ['ipv4', 'ipv6', 'name']);
  for (const address of [
    '10.1.2.3',
    '192.168.0.1',
    '172.31.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.1.1',
    'fd00::1',
    'fe80::1',
    '::1',
  ])
    assert.ok(isPrivate(address), address);
  for (const address of ['172.32.0.1', '100.128.0.1', '203.0.113.1', '2001:db8::1']) assert.ok(!isPrivate(address), address);
});
