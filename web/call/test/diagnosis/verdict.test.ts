// Each cause, from the facts that have it: the first sentence names it, and whose side it is on.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Facts, LinkFacts } from '../../src/diagnosis/facts.ts';
import type { Side } from '../../src/diagnosis/side.ts';
import { causes, diagnose } from '../../src/diagnosis/verdict.ts';
import type { EndReason, Trouble } from '../../src/types.ts';
import {
  directRoute,
  error,
  flow,
  host,
  link,
  lost,
  made,
  relay,
  relayOverTls,
  relayRoute,
  relays,
  samples,
  servers,
  side,
  srflx,
} from './made.ts';

interface Case {
  readonly cause: string;
  readonly facts: Facts;
  readonly whose: string;
  readonly says: RegExp;
}

const cases: Case[] = [];
function of(cause: string, whose: string, says: RegExp, facts: Facts): void {
  cases.push({ cause, facts, whose, says });
}

const [udpUrl, tcpUrl] = relays as [string, string];
const withLink = (one: LinkFacts, changes: Partial<Facts> = {}): Facts => made({ links: [one], ...changes });
const withServer = (changes: Partial<Facts['server']>, more: Partial<Facts> = {}): Facts =>
  made({ links: [], ...more, server: { ...made().server, ...changes } });
const ended = (reason: EndReason): Facts => withServer({ state: { kind: 'ended', reason, text: '' } });
const connecting = (trouble: Trouble | null): Facts['server']['state'] => ({ kind: 'connecting', nextTryAt: null, trouble });
/** Nobody has found anything. */
const nowhere = (theirs: Partial<Side> = {}, changes: Partial<LinkFacts> = {}): LinkFacts =>
  lost({
    theirs: side({
      ice: 'checking',
      dtls: 'new',
      relayed: [],
      reflexive: [],
      udp: 'unknown',
      looking: 4_500,
      gathered: false,
      ...theirs,
    }),
    ...changes,
  });
const failed = { at: 59_900, what: 'ice', state: 'failed' } as const;

// The page, the room, the server.
of('insecure_page', 'you', /not secure/, made({ links: [], page: { secure: false, webrtc: true, online: true } }));
of('no_webrtc', 'you', /cannot make calls/, made({ links: [], page: { secure: true, webrtc: false, online: true } }));
of('room_full', 'nobody', /room is full/, ended('room_full'));
of('taken_over', 'you', /another tab/, ended('taken_over'));
of('key_mismatch', 'you', /link does not fit/, ended('key_mismatch'));
of('man_in_the_middle', 'server', /between the two browsers/, ended('man_in_the_middle'));
of('room_name', 'you', /does not name a room/, ended('room_name'));
of('browser_refused', 'you', /browser refused/, ended('browser_refused'));
of('unsupported_version', 'you', /older than the server/, ended('unsupported_version'));
of('bad_request', 'server', /did not understand/, ended('bad_request'));
of('too_large', 'server', /more at once/, ended('too_large'));
of('left', 'nobody', /left/, ended('left'));
of('offline', 'you', /offline/, made({ links: [lost()], page: { secure: true, webrtc: true, online: false } }));
of('server_full', 'server', /all the calls/, withServer({ state: connecting('server_full'), failures: 1 }));
of(
  'too_many_connections',
  'server',
  /Too many connections/,
  withServer({ state: connecting('too_many_connections'), failures: 1 }),
);
of('flooding', 'server', /slow down/, withServer({ state: connecting('flooding'), failures: 1 }));
of('server_restarting', 'server', /restarting/, withServer({ state: connecting('server_restarting'), failures: 1 }));
of('slow_consumer', 'you', /too slow/, withServer({ state: connecting('slow_consumer'), failures: 1 }));
of(
  'websocket_blocked',
  'you',
  /no lasting connection/,
  withServer({ state: connecting('server_unreachable'), failures: 1, http: 'answers' }),
);
of(
  'server_unreachable',
  'server',
  /cannot be reached/,
  withServer({ state: connecting('server_unreachable'), failures: 1, http: 'fails' }),
);
of('joining_slowly', 'nobody', /takes long/, withServer({ state: connecting(null), joining: 55_000 }));
of('alone', 'nobody', /nobody else/, withServer({ state: { kind: 'alone' } }));
of('clock_wrong', 'you', /clock.* 3 hours/, withServer({ state: { kind: 'alone' }, clockAhead: -3 * 3_600_000 }));

// No path.
of('other_key', 'both', /Ann is here with another link/, withLink(lost({ path: 'key_mismatch' })));
of('other_away', 'other', /Ann’s device lost its connection/, withLink(lost({ presence: 'away' })));
of('no_answer', 'other', /Ann’s page does not answer/, withLink(lost({ answered: false, theirs: null })));
of(
  'webrtc_blocked',
  'you',
  /^Your browser offers no way/,
  withLink(lost({ local: [], states: [{ at: 59_000, what: 'gathering', state: 'complete' }] })),
);
of('webrtc_blocked', 'other', /^Ann’s browser offers no way/, withLink(nowhere({ gathered: true, host: [] })));
of('relay_quota', 'server', /as many connections/, withLink(lost({ errors: [error(udpUrl, 486), error(tcpUrl, 486)] })));
of('relay_full', 'server', /no capacity/, withLink(lost({ errors: [error(udpUrl, 508)] })));
of('relay_full', 'server', /no capacity/, withLink(lost({ errors: [error(udpUrl, 65_535)] })));
of(
  'relay_credentials',
  'server',
  /refuses the access .* your browser/,
  withLink(lost({ errors: [error(udpUrl, 401, 'Unauthorized.')] })),
);
of(
  'relay_credentials',
  'server',
  /gave Ann’s browser/,
  withLink(nowhere({ errors: [{ kind: 'turn', transport: 'udp', code: 401, cause: null }] })),
);
of('relay_forbids', 'server', /refused the request/, withLink(lost({ errors: [error(udpUrl, 403)] })));
of(
  'dtls_stuck',
  'both',
  /encryption does not get started/,
  withLink(
    lost({
      local: [host, srflx],
      states: [
        { at: 55_600, what: 'ice', state: 'checking' },
        { at: 55_900, what: 'ice', state: 'connected' },
        { at: 55_900, what: 'dtls', state: 'connecting' },
      ],
    }),
  ),
);
of(
  'dtls_stuck',
  'both',
  /encryption does not get started/,
  withLink(
    lost({
      path: 'failed',
      local: [host, srflx, relay('udp')],
      states: [{ at: 58_000, what: 'ice', state: 'connected' }, failed, { at: 59_000, what: 'dtls', state: 'failed' }],
    }),
  ),
);
of(
  'relay_unreachable',
  'you',
  /could not reach/,
  withLink(lost({ errors: [error(udpUrl, 701, '', 11_400, 30_000), error(udpUrl, 701, '', 300, 15_000)] }, 30_000)),
);
of(
  'relay_name',
  'you',
  /^Your browser cannot find the address of the relay calls.example.org/,
  withLink(lost({ errors: [error(udpUrl, 701, 'TURN host lookup received error.')] })),
);
of(
  'relay_name',
  'server',
  /leads nowhere/,
  withLink(nowhere({ errors: [{ kind: 'turn', transport: 'udp', code: 701, cause: 'name' }] }, { errors: [error(udpUrl, 701)] })),
);
of(
  'relay_certificate',
  'server',
  /certificate: it has expired/,
  withLink(lost({ errors: [error(relayOverTls, 701, 'Failed to establish connection')] }), {
    iceServers: servers(...relays, relayOverTls),
  }),
);
of(
  'only_relays_and_none',
  'you',
  /may use relays only/,
  withLink(nowhere({ offered: [] }, { local: [] }), { iceServers: servers(), relayOnly: true }),
);
of(
  'udp_blocked_no_relay',
  'you',
  /^No route: UDP is blocked on your network, and calls.example.org offers no relay/,
  withLink(nowhere({ offered: [], udp: 'works' }), { iceServers: servers() }),
);
of(
  'udp_blocked_no_relay',
  'other',
  /UDP is blocked on Ann’s network/,
  withLink(nowhere({ offered: [], udp: 'blocked' }, { local: [host, srflx] }), { iceServers: servers() }),
);
of(
  'udp_blocked_no_relay',
  'both',
  /on your network and on Ann’s/,
  withLink(nowhere({ offered: [], udp: 'blocked' }), { iceServers: servers() }),
);
of(
  'no_common_family',
  'other',
  /Ann’s network speaks only the new internet protocol/,
  withLink(nowhere({ offered: [], udp: 'works', host: ['ipv6'] }, { local: [host, srflx] }), { iceServers: servers() }),
);
of(
  'strict_nats_no_relay',
  'server',
  /do not let each other’s calls in directly.*no relay/,
  withLink(nowhere({ offered: [], udp: 'works', reflexive: ['ipv4'], nat: 'changing' }, { local: [host, srflx] }), {
    iceServers: servers(),
  }),
);
of(
  'relay_unreachable',
  'you',
  /^No route: your browser could not reach the relay calls.example.org over UDP and TCP \(port 3478\); port 443 was not offered, because calls.example.org has no certificate/,
  withLink(lost()),
);
of('relay_unreachable', 'other', /Ann’s browser could not reach/, withLink(nowhere({}, { local: [host, srflx, relay('udp')] })));
of('relay_unreachable', 'server', /neither browser could reach/, withLink(nowhere()));
of(
  'relay_address',
  'server',
  /inside its own network only/,
  withLink(lost({ local: [host, srflx, relay('udp', '10.0.0.4')], states: [failed] })),
);
of(
  'relay_ports',
  'server',
  /nothing comes through it/,
  withLink(lost({ path: 'failed', local: [host, srflx, relay('udp')], states: [failed] })),
);
of(
  'no_route',
  'nobody',
  /every way between you and Ann/,
  withLink(lost({ path: 'failed', states: [failed], theirs: null }, 2_000)),
);
of(
  'interrupted',
  'nobody',
  /broke off/,
  withLink(link({ path: 'interrupted', states: [{ at: 59_500, what: 'path', state: 'interrupted' }] })),
);
of('connecting', 'nobody', /Looking for a way to Ann…/, withLink(lost({}, 500)));

// Devices.
for (const [kind, name] of [
  ['video', 'camera'],
  ['audio', 'microphone'],
] as const) {
  for (const state of ['busy', 'denied', 'missing', 'unplugged'] as const) {
    const says = { busy: 'another program', denied: 'may not use', missing: 'finds no', unplugged: 'was disconnected' }[state];
    of(
      `${name}_${state}`,
      'you',
      new RegExp(`^Your .*${says}.*Ann cannot`),
      made({ devices: { audio: 'on', video: 'on', [kind]: state } }),
    );
    of(
      `their_${name}_${state}`,
      'other',
      new RegExp(`^Ann’s .*${says}.*you cannot`),
      withLink(link({ theirs: side({ [kind]: state }) })),
    );
  }
}

// A path that is not well.
const none = { packets: 0 };
of(
  'one_way_to_you',
  'nobody',
  /none of Ann’s picture arrives here/,
  withLink(link({ samples: samples({ received: { audio: flow(), video: flow(none) } }) })),
);
of(
  'one_way_to_you',
  'other',
  /Ann’s browser sends no picture/,
  withLink(link({ samples: samples({ received: { audio: flow(), video: flow(none) } }), theirs: side({ sendsVideo: false }) })),
);
of('one_way_to_them', 'nobody', /none of your sound arrives there/, withLink(link({ theirs: side({ hears: false }) })));
of(
  'packet_loss',
  'nobody',
  /about 10 % of what Ann sends/i,
  withLink(link({ samples: samples({ received: { audio: flow({ loss: 0.1 }), video: flow({ loss: 0.1 }) } }) })),
);
of('packet_loss', 'nobody', /about 6 % of what you send/i, withLink(link({ theirs: side({ loss: 0.06 }) })));
of(
  'cpu_limited',
  'you',
  /Your device is too busy/,
  withLink(link({ samples: samples({ sent: { audio: flow(), video: flow({ limit: 'cpu' }) } }) })),
);
of('low_bandwidth', 'other', /^Ann’s network carries too little/, withLink(link({ theirs: side({ limit: 'bandwidth' }) })));
of('long_delay', 'nobody', /600 ms/, withLink(link({ samples: samples({ roundTrip: 0.6 }) })));
of(
  'uneven',
  'nobody',
  /unevenly/,
  withLink(link({ samples: samples({ received: { audio: flow({ jitter: 0.12 }), video: flow() } }) })),
);
of(
  'few_frames',
  'other',
  /4 frames a second/,
  withLink(link({ samples: samples({ received: { audio: flow(), video: flow({ framesPerSecond: 4 }) } }) })),
);

// Which way, and why.
const through = (over: 'udp' | 'tcp' | 'tls'): LinkFacts['samples'] => samples({ route: relayRoute(over) });
of(
  'relayed_by_wish',
  'you',
  /^Relayed through calls.example.org over UDP, port 3478, because this page/,
  withLink(link({ samples: through('udp') }), { relayOnly: true }),
);
of(
  'relayed_by_their_wish',
  'other',
  /Ann’s page uses relays only/,
  withLink(link({ samples: through('udp'), theirs: side({ relayOnly: true }) })),
);
of(
  'relayed_udp_blocked',
  'other',
  /^Relayed through calls.example.org over TLS, port 443, because UDP is blocked on Ann’s network\.$/,
  withLink(link({ samples: through('tls'), theirs: side({ udp: 'blocked' }) }), { iceServers: servers(...relays, relayOverTls) }),
);
of(
  'relayed_udp_blocked',
  'you',
  /over TCP, port 3478, because UDP is blocked on your network/,
  withLink(link({ samples: through('tcp'), local: [host, relay('tcp')] })),
);
of(
  'relayed_changing_nat',
  'other',
  /router of Ann’s network/,
  withLink(link({ samples: through('udp'), theirs: side({ nat: 'changing' }) })),
);
of('relayed_families', 'nobody', /IPv6 only/, withLink(link({ samples: through('udp'), theirs: side({ host: ['ipv6'] }) })));
of('relayed', 'nobody', /do not let each other’s calls in/, withLink(link({ samples: through('udp') })));
of(
  'direct_local',
  'nobody',
  /on the same network/,
  withLink(
    link({
      samples: samples({
        route: {
          protocol: 'udp',
          local: { kind: 'host', family: 'ipv4', address: '192.168.1.5', port: 1, relay: null },
          remote: { kind: 'host', family: 'name', address: '', port: 2, relay: null },
        },
      }),
    }),
  ),
);
of('direct_tcp', 'nobody', /over TCP/, withLink(link({ samples: samples({ route: { ...directRoute, protocol: 'tcp' } }) })));
of('direct', 'nobody', /^Connected directly with Ann/, made());
of('connected', 'nobody', /^Connected with Ann/, withLink(link({ samples: [] })));

for (const { cause, whose, says, facts } of cases) {
  test(`${cause}: ${says.source}`, () => {
    const { verdict } = diagnose(facts);
    assert.equal(verdict.cause, cause, verdict.sentence);
    assert.equal(verdict.whose, whose);
    assert.match(verdict.sentence, says);
    assert.match(verdict.sentence, /^[A-Z“].*[.…]$/);
    if (verdict.tone === 'bad' || verdict.tone === 'fair') assert.match(verdict.advice ?? '', /\.$/, 'says what to do');
  });
}

test('every cause that there is stands in a test', () => {
  assert.deepEqual(
    causes.filter((cause) => !cases.some((one) => one.cause === cause)),
    [],
  );
  assert.equal(new Set(causes).size, causes.length);
});

test('words of the trade stand in no sentence', () => {
  for (const { facts } of cases) {
    for (const { sentence, advice } of [diagnose(facts).verdict, ...diagnose(facts).also]) {
      assert.doesNotMatch(
        `${sentence} ${advice ?? ''}`,
        /\bICE\b|\bSTUN\b|\bTURN\b|srflx|candidate|symmetric|DTLS|\bundefined\b|\bnull\b/,
      );
    }
  }
});

test('a call that goes on without its server says so, and does not call it bad', () => {
  const { verdict, also } = diagnose(
    made({
      server: { ...made().server, state: { kind: 'reconnecting', nextTryAt: 1, trouble: 'server_unreachable' }, failures: 1 },
    }),
  );
  assert.equal(verdict.cause, 'direct');
  assert.ok(also.some(({ cause, sentence }) => cause === 'server_unreachable' && sentence.endsWith('Your call goes on.')));
});

test('nothing is said of trouble before there can be any', () => {
  for (const waited of [100, 1_000, 3_000]) assert.equal(diagnose(withLink(lost({}, waited))).verdict.cause, 'connecting');
});

test('behind the first sentence stands what else holds', () => {
  const { also } = diagnose(
    withLink(
      link({
        samples: samples({ route: relayRoute('udp'), received: { audio: flow({ loss: 0.1 }), video: flow({ loss: 0.1 }) } }),
      }),
    ),
  );
  assert.deepEqual(
    also.map(({ cause }) => cause),
    ['relayed'],
  );
});

test('every cause stands in docs/report.md', () => {
  const page = readFileSync(new URL('../../../../docs/report.md', import.meta.url), 'utf8');
  const named = (cause: string) =>
    page.includes(`\`${cause}\``) ||
    (/(camera|microphone)_/.test(cause) &&
      page.includes(`\`${cause.replace(/[a-z]+$/, '')}\``) &&
      page.includes(`\`${cause.replace(/^.*_/, '')}\``));
  assert.deepEqual(
    causes.filter((cause) => !named(cause)),
    [],
  );
});

test('an encryption that fails because there is no path is not the cause', () => {
  const states = [failed, { at: 59_950, what: 'dtls', state: 'failed' }] as const;
  assert.equal(diagnose(withLink(lost({ path: 'failed', states }))).verdict.cause, 'relay_unreachable');
});
