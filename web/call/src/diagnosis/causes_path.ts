// Causes why there is no path between two browsers. What one end knows for certain goes before what both together
// make probable. Pure.

import { capital } from './causes_devices.ts';
import type { Side } from './side.ts';
import type { Situation, Who } from './situation.ts';
import { hadTime, hasNoRelay, listOf, networkOf, refusedWith, transportName, waysOf, whose } from './situation.ts';
import type { Finding, LinkRule } from './verdict.ts';

/** Milliseconds after which silence means something. */
const answerWithin = 4_000;
const handshakeWithin = 3_000;

const askOperator = (host: string, what: string): string => `Ask the operator of ${host} to ${what}.`;
const anotherNetwork = 'Try another network, such as a phone’s hotspot, or turn a VPN off.';

const subject = (who: Who, name: string): string =>
  ({ you: 'your browser', other: `${name}’s browser`, both: 'both browsers' })[who];

/** Nothing but what a browser with calls switched off would show. */
const offersNothing = (side: Side): boolean =>
  side.gathered && !side.relayOnly && side.host.length + side.reflexive.length + side.relayed.length === 0;

const cannotName = (side: Side): boolean => side.relayed.length === 0 && side.errors.some(({ cause }) => cause === 'name');

/** TLS fails where TCP does not. A failure at one family of addresses may be of that family only. */
const dislikesCertificate = (side: Side): boolean =>
  (side.gathered || !side.host.includes('ipv6')) &&
  side.offered.includes('tls') &&
  !side.relayed.includes('tls') &&
  side.errors.some(({ transport, cause }) => transport === 'tls' && cause === 'connection') &&
  !side.errors.some(({ transport, cause }) => transport === 'tcp' && cause === 'connection');

const noUdp = ({ udp }: Side): boolean => udp === 'blocked';
const noRelayOffered = ({ offered }: Side): boolean => offered.length === 0;

function bad(who: Finding['whose'], sentence: string, advice: string): Finding {
  return { tone: 'bad', whose: who, sentence: capital(sentence), advice };
}

/** A rule for while there is no path. */
function withoutPath(cause: string, find: (situation: Situation) => Finding | null): LinkRule {
  return { cause, find: (situation) => (situation.connected ? null : find(situation)) };
}

/** Likewise, once it takes too long. */
function stuck(cause: string, find: (situation: Situation) => Finding | null): LinkRule {
  return withoutPath(cause, (situation) => (situation.stuck ? find(situation) : null));
}

/** A refusal of the relay. */
function refused(cause: string, codes: readonly number[], say: (situation: Situation, who: Who) => Finding): LinkRule {
  return stuck(cause, (situation) => {
    const who = whose(situation, refusedWith(...codes));
    return who && say(situation, who);
  });
}

const relayHost = ({ relay, host }: Situation): string => relay?.host ?? host;

/** What was not offered and could have helped. */
function missingTls({ mine, facts, host }: Situation): string {
  if (mine.offered.includes('tls')) return '';
  const has = facts.page.secure && facts.server.port === 443;
  return has ? '' : `; port 443 was not offered, because ${host} has no certificate for it`;
}

export const pathRules: readonly LinkRule[] = [
  withoutPath('other_key', ({ link, name }) =>
    link.path === 'key_mismatch'
      ? bad(
          'both',
          `${name} is here with another link, so you cannot understand each other.`,
          'Both must open the same whole link, with its part after “#”.',
        )
      : null,
  ),
  withoutPath('other_away', ({ link, name }) =>
    link.presence === 'away'
      ? {
          tone: 'waiting',
          whose: 'other',
          sentence: capital(`${name}’s device lost its connection or fell asleep; the seat is kept for a while.`),
          advice: `It comes back by itself when ${name}’s device is awake and online.`,
        }
      : null,
  ),
  withoutPath('no_answer', ({ link, facts, name }) =>
    !link.answered && facts.now - link.since > answerWithin
      ? bad(
          'other',
          `${name} is here, but ${name}’s page does not answer: it may be asleep, on a locked phone or in a background tab.`,
          `Ask ${name} to bring the page to the front.`,
        )
      : null,
  ),
  withoutPath('webrtc_blocked', (situation) => {
    const who = whose(situation, offersNothing);
    return (
      who &&
      bad(
        who,
        `${subject(who, situation.name)} ${who === 'both' ? 'offer' : 'offers'} no way to be reached at all: an extension, a VPN or a company’s policy keeps calls (WebRTC) from it.`,
        'Switch that extension or VPN off, or use another browser.',
      )
    );
  }),
  refused('relay_quota', [486], (situation, who) =>
    bad(
      'server',
      `The relay ${relayHost(situation)} refuses ${subject(who, situation.name)}: as many connections as one caller may have are in use.`,
      `Close other tabs with this call, or ${askOperator(situation.host, 'raise the limit for each caller').replace('Ask', 'ask')}`,
    ),
  ),
  refused('relay_full', [508], (situation) =>
    bad(
      'server',
      `The relay ${relayHost(situation)} has no capacity left for this call.`,
      askOperator(situation.host, 'raise the relay’s limits or its monthly allowance'),
    ),
  ),
  refused('relay_credentials', [401, 438, 441], (situation, who) =>
    bad(
      'server',
      `The relay ${relayHost(situation)} refuses the access that ${situation.host} gave ${subject(who, situation.name)}: their secrets or their clocks differ.`,
      askOperator(situation.host, 'give server and relay the same secret, and the right time'),
    ),
  ),
  refused('relay_forbids', [403, 400, 420, 440, 442, 500], (situation, who) =>
    bad(
      'server',
      `The relay ${relayHost(situation)} refused the request of ${subject(who, situation.name)}.`,
      askOperator(situation.host, 'look into the relay’s settings and log'),
    ),
  ),
  stuck('dtls_stuck', ({ mine, theirs, link, facts, name }) => {
    const since = link.states.findLast(
      ({ what, state }) => what === 'ice' && (state === 'connected' || state === 'completed'),
    )?.at;
    const waits = (mine.ice === 'connected' || mine.ice === 'completed') && mine.dtls !== 'connected';
    const isLate = since !== undefined && facts.now - since > handshakeWithin && theirs?.dtls !== 'connected';
    // Firefox says so, too, when there has been no path at all.
    const gaveUp = mine.dtls === 'failed' && since !== undefined && !link.wasConnected;
    if (!gaveUp && !(waits && isLate)) return null;
    return bad(
      'both',
      `The browsers found a way to each other, but encryption does not get started on it: something between you and ${name} swallows larger packets, or looks into them.`,
      'Turn a VPN off, or try another network.',
    );
  }),
  stuck('relay_name', (situation) => {
    const who = whose(situation, cannotName);
    if (!who) return null;
    const host = relayHost(situation);
    return who === 'both'
      ? bad(
          'server',
          `The relay’s name ${host} leads nowhere: neither browser can find its address.`,
          askOperator(situation.host, 'check the relay’s name'),
        )
      : bad(
          who,
          `${subject(who, situation.name)} cannot find the address of the relay ${host}: looking up names fails on ${networkOf(who, situation.name)}.`,
          anotherNetwork,
        );
  }),
  stuck('relay_certificate', (situation) => {
    const who = whose(situation, (side) => side.relayed.length === 0 && dislikesCertificate(side));
    return (
      who &&
      bad(
        'server',
        `No route: ${subject(who, situation.name)} may only reach the relay ${relayHost(situation)} over TLS, and ${who === 'both' ? 'do' : 'does'} not accept its certificate: it has expired, or is for another name.`,
        askOperator(situation.host, 'renew the certificate'),
      )
    );
  }),
  stuck('only_relays_and_none', (situation) => {
    const who = whose(situation, (side) => side.relayOnly && noRelayOffered(side));
    return (
      who &&
      bad(
        who,
        `No route: ${subject(who, situation.name)} may use relays only (“?relay” in the address), and ${situation.host} offers none.`,
        'Open the link without “?relay”.',
      )
    );
  }),
  stuck('udp_blocked_no_relay', (situation) => {
    const who = whose(situation, (side) => noUdp(side) && noRelayOffered(side));
    return (
      who &&
      bad(
        who,
        `No route: UDP is blocked on ${networkOf(who, situation.name)}, and ${situation.host} offers no relay to get around that.`,
        `${anotherNetwork} Or ${askOperator(situation.host, 'turn the relay on').replace('Ask', 'ask')}`,
      )
    );
  }),
  stuck('no_common_family', (situation) => {
    const { mine, theirs, name } = situation;
    if (!theirs || mine.relayed.length + theirs.relayed.length > 0) return null;
    const all = (side: Side) => side.host.concat(side.reflexive);
    const only = (side: Side, family: 'ipv4' | 'ipv6') => all(side).length > 0 && all(side).every((one) => one === family);
    const six = only(mine, 'ipv6') && only(theirs, 'ipv4') ? 'you' : only(theirs, 'ipv6') && only(mine, 'ipv4') ? 'other' : null;
    return (
      six &&
      bad(
        six,
        `No route: ${networkOf(six, name)} speaks only the new internet protocol (IPv6) and the other one only the old (IPv4), and no relay stands between them.`,
        askOperator(situation.host, 'turn the relay on'),
      )
    );
  }),
  stuck('strict_nats_no_relay', (situation) =>
    noRelayOffered(situation.mine) && hadTime(situation.mine)
      ? bad(
          'server',
          `No route: your network and ${situation.name}’s do not let each other’s calls in directly, and ${situation.host} offers no relay to go between.`,
          askOperator(situation.host, 'turn the relay on'),
        )
      : null,
  ),
  stuck('relay_unreachable', (situation) => {
    const who = whose(situation, hasNoRelay);
    if (!who) return null;
    const ways = waysOf(situation.facts.iceServers);
    const sentence =
      who === 'both'
        ? `No route: neither browser could reach the relay ${relayHost(situation)} over ${ways}${missingTls(situation)}.`
        : `No route: ${subject(who, situation.name)} could not reach the relay ${relayHost(situation)} over ${ways}${missingTls(situation)}.`;
    const operator = situation.mine.offered.includes('tls')
      ? 'check that the relay is up and its port open'
      : 'open that port, or to serve TLS on port 443, which nearly every network lets through';
    return bad(
      who === 'both' ? 'server' : who,
      sentence,
      who === 'both'
        ? askOperator(situation.host, operator)
        : `${anotherNetwork} Or ${askOperator(situation.host, operator).replace('Ask', 'ask')}`,
    );
  }),
  stuck('relay_address', (situation) =>
    situation.mine.relayIsPrivate && !hostIsLocal(situation) && situation.mine.relayed.length > 0
      ? bad(
          'server',
          `No route: the relay ${relayHost(situation)} names an address that exists inside its own network only, so nothing sent there arrives.`,
          askOperator(situation.host, 'set the relay’s public address'),
        )
      : null,
  ),
  stuck('relay_ports', (situation) => {
    const { mine, theirs, name } = situation;
    if (mine.relayed.length === 0 && (theirs?.relayed.length ?? 0) === 0) return null;
    if (mine.ice !== 'failed' && theirs?.ice !== 'failed' && situation.facts.now - situation.link.since < 8_000) return null;
    return bad(
      'server',
      `No route: the relay ${relayHost(situation)} answered, but nothing comes through it between you and ${name}: its ports for calls are closed, or its public address is wrong.`,
      askOperator(situation.host, 'open the relay’s UDP ports (49152–65535 unless set otherwise) and check its public address'),
    );
  }),
  stuck('no_route', ({ link, mine, name }) =>
    link.path === 'failed' || mine.ice === 'failed'
      ? bad(
          'nobody',
          `No route: every way between you and ${name} was tried, and none let a call through.`,
          `${anotherNetwork} Both go on trying.`,
        )
      : null,
  ),
  withoutPath('interrupted', ({ link, name }) =>
    link.path === 'interrupted'
      ? {
          tone: 'waiting',
          whose: 'nobody',
          sentence: capital(`The way to ${name} broke off; another one is being looked for.`),
          advice: 'It comes back by itself.',
        }
      : null,
  ),
  withoutPath('connecting', ({ stuck: late, name, mine }) => ({
    tone: 'waiting',
    whose: 'nobody',
    sentence: late ? `Still looking for a way to ${name}${triedSoFar(mine)}.` : `Looking for a way to ${name}…`,
  })),
];

function triedSoFar({ relayed, offered }: Side): string {
  if (offered.length === 0) return '';
  const left = offered.filter((over) => !relayed.includes(over));
  return left.length === 0
    ? ', over the relay too'
    : `; the relay has not answered over ${listOf(left.map((over) => transportName[over]))} yet`;
}

/** On a network of its own, a private address is as it should be. */
function hostIsLocal({ host, link }: Situation): boolean {
  return (
    /^(localhost|127\.|\[?::1|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(host) ||
    (link.remote.length > 0 && link.remote.every(({ kind }) => kind === 'host'))
  );
}
