// What there is to say of a path that there is: what keeps the call from being good, and which way it goes and why. Pure.

import { capital } from './causes_devices.ts';
import { isPrivate } from './facts.ts';
import type { Situation } from './situation.ts';
import { isRelayed, losses, networkOf, percent, relayEnd, roundTrip, transportName, whose } from './situation.ts';
import type { Finding, LinkRule } from './verdict.ts';

/** A picture begins to break at about this. */
const lossMatters = 0.03;
/** People begin to talk over each other. */
const delayMatters = 0.4;
const jitterMatters = 0.06;
const framesMatter = 5;
/** Statistics mean something only after a while. */
const samplesNeeded = 4;

function fair(whose: Finding['whose'], sentence: string, advice: string): Finding {
  return { tone: 'fair', whose, sentence: capital(sentence), advice };
}

/** A rule for a path that has been up for some seconds. */
function onPath(cause: string, find: (situation: Situation) => Finding | null): LinkRule {
  return {
    cause,
    find: (situation) => (situation.connected && situation.link.samples.length >= samplesNeeded ? find(situation) : null),
  };
}

const closer = 'Move closer to the WiFi or use a cable, and stop other downloads and streams.';

export const qualityRules: readonly LinkRule[] = [
  onPath('one_way_to_you', ({ mine, theirs, link, name }) => {
    const missing =
      mine.sees === false && link.theySend.video ? 'picture' : mine.hears === false && link.theySend.audio ? 'sound' : null;
    if (missing === null) return null;
    const isSent = missing === 'picture' ? theirs?.sendsVideo : theirs?.sendsAudio;
    return isSent === false
      ? fair(
          'other',
          `${name}’s browser sends no ${missing}, although it is on: ${missing === 'picture' ? 'the camera' : 'the microphone'} gives none.`,
          `Ask ${name} to turn it off and on again.`,
        )
      : {
          tone: 'bad',
          whose: 'nobody',
          sentence: capital(
            `${name} hears or sees you, but none of ${name}’s ${missing} arrives here: the way is open in one direction only.`,
          ),
          advice: 'Leave and join again, or try another network.',
        };
  }),
  onPath('one_way_to_them', ({ mine, theirs, facts, name }) => {
    const missing =
      theirs?.sees === false && facts.devices.video === 'on'
        ? 'picture'
        : theirs?.hears === false && facts.devices.audio === 'on'
          ? 'sound'
          : null;
    if (missing === null) return null;
    const isSent = missing === 'picture' ? mine.sendsVideo : mine.sendsAudio;
    return isSent === false
      ? fair(
          'you',
          `your browser sends no ${missing}, although it is on: ${missing === 'picture' ? 'the camera' : 'the microphone'} gives none.`,
          'Turn it off and on again.',
        )
      : {
          tone: 'bad',
          whose: 'nobody',
          sentence: capital(
            `you hear or see ${name}, but none of your ${missing} arrives there: the way is open in one direction only.`,
          ),
          advice: 'Leave and join again, or try another network.',
        };
  }),
  onPath('packet_loss', (situation) => {
    const { here, there } = losses(situation);
    const [mine, theirs] = [here ?? 0, there ?? 0];
    if (Math.max(mine, theirs) < lossMatters) return null;
    const { name } = situation;
    if (Math.min(mine, theirs) >= lossMatters)
      return fair(
        'both',
        `packets get lost on the way between you and ${name}, about ${percent(Math.max(mine, theirs))} of them, so picture and sound suffer.`,
        `${closer} Likewise at ${name}’s.`,
      );
    return mine > theirs
      ? fair(
          'nobody',
          `about ${percent(mine)} of what ${name} sends gets lost on its way to you, so picture and sound suffer.`,
          closer,
        )
      : fair(
          'nobody',
          `about ${percent(theirs)} of what you send gets lost on its way to ${name}, so ${name} sees and hears you badly.`,
          closer,
        );
  }),
  onPath('cpu_limited', (situation) => {
    const who = whose(situation, ({ limit }) => limit === 'cpu');
    if (!who) return null;
    const device = { you: 'your device is', other: `${situation.name}’s device is`, both: 'both devices are' }[who];
    return fair(who, `${device} too busy to send a better picture.`, 'Close other programs and tabs, or plug the charger in.');
  }),
  onPath('low_bandwidth', (situation) => {
    const who = whose(situation, ({ limit }) => limit === 'bandwidth');
    const flow = situation.latest?.sent.video;
    // In its first seconds every call is limited so, until the way has been felt out.
    if (!who || situation.link.samples.length < 3 * samplesNeeded) return null;
    if (who === 'you' && (flow?.height ?? 0) >= 360 && (flow?.framesPerSecond ?? 0) >= 20) return null;
    return fair(
      who,
      `${networkOf(who, situation.name)} carries too little for a full picture, so a smaller one is sent.`,
      closer,
    );
  }),
  onPath('long_delay', (situation) => {
    const seconds = roundTrip(situation);
    return seconds === null || seconds < delayMatters
      ? null
      : fair(
          'nobody',
          `what you say takes long to reach ${situation.name} and back (${Math.round(seconds * 1000)} ms), so you may talk over each other.`,
          'A nearer server, or a network without VPN or satellite, is quicker.',
        );
  }),
  onPath('uneven', ({ latest, name }) => {
    const jitter = Math.max(latest?.received.audio?.jitter ?? 0, latest?.received.video?.jitter ?? 0);
    return jitter < jitterMatters
      ? null
      : fair('nobody', `what ${name} sends arrives very unevenly, so sound may stutter.`, closer);
  }),
  onPath('few_frames', ({ link, latest, name }) => {
    const rate = latest?.received.video?.framesPerSecond ?? null;
    return !link.theySend.video || rate === null || rate >= framesMatter
      ? null
      : fair(
          'other',
          `${name}’s picture comes with ${Math.round(rate)} frames a second only.`,
          'Better light at the camera often helps; so does closing other programs.',
        );
  }),
];

/** “calls.example.org over TLS, port 443”. */
function relayText(situation: Situation): string {
  const { facts, theirs, host } = situation;
  const relay = relayEnd(situation);
  const over = relay?.isOurs ? relay.end.relay : (theirs?.relayed[0] ?? null);
  const turn = facts.iceServers.filter(({ kind }) => kind === 'turn');
  const server = turn.find(({ transport }) => transport === over) ?? turn[0];
  const at = server?.host ?? host;
  return over === null ? at : `${at} over ${transportName[over]}, port ${server?.port ?? '?'}`;
}

const good = (sentence: string): Finding => ({ tone: 'good', whose: 'nobody', sentence });

function relayed(
  cause: string,
  why: (situation: Situation) => { readonly whose: Finding['whose']; readonly because: string } | null,
): LinkRule {
  return {
    cause,
    find: (situation) => {
      const reason = isRelayed(situation) ? why(situation) : null;
      return (
        reason && { tone: 'good', whose: reason.whose, sentence: `Relayed through ${relayText(situation)}${reason.because}.` }
      );
    },
  };
}

/** Which way the call goes: the first that holds. */
export const routeRules: readonly LinkRule[] = [
  relayed('relayed_by_wish', ({ facts }) =>
    facts.relayOnly ? { whose: 'you', because: ', because this page was opened to use relays only' } : null,
  ),
  relayed('relayed_by_their_wish', ({ theirs, name }) =>
    theirs?.relayOnly ? { whose: 'other', because: `, because ${name}’s page uses relays only` } : null,
  ),
  relayed('relayed_udp_blocked', (situation) => {
    const who = whose(situation, ({ udp }) => udp === 'blocked');
    return who && { whose: who, because: `, because UDP is blocked on ${networkOf(who, situation.name)}` };
  }),
  relayed('relayed_changing_nat', (situation) => {
    const who = whose(situation, ({ nat }) => nat === 'changing');
    return who && { whose: who, because: `, because the router of ${networkOf(who, situation.name)} lets nobody in directly` };
  }),
  relayed('relayed_families', ({ mine, theirs }) => {
    const six = (side: typeof mine) => side.host.length > 0 && side.host.every((family) => family === 'ipv6');
    return theirs && six(mine) !== six(theirs)
      ? { whose: 'nobody', because: ', because one network speaks IPv6 only and the other IPv4' }
      : null;
  }),
  relayed('relayed', () => ({
    whose: 'nobody',
    because: ', because your two networks do not let each other’s calls in directly',
  })),
  {
    cause: 'direct_local',
    find: ({ connected, latest, name }) => {
      const route = connected ? latest?.route : null;
      const local =
        route?.local.kind === 'host' &&
        route.remote.kind === 'host' &&
        (isPrivate(route.local.address) || route.local.family === 'name');
      return local ? good(`Connected directly with ${name}, on the same network.`) : null;
    },
  },
  {
    cause: 'direct_tcp',
    find: ({ connected, latest, name }) =>
      connected && latest?.route?.protocol === 'tcp' ? good(`Connected directly with ${name}, over TCP.`) : null,
  },
  {
    cause: 'direct',
    find: ({ connected, latest, name }) => {
      const family = latest?.route?.local.family;
      return connected && latest?.route
        ? good(`Connected directly with ${name}, from network to network${family === 'ipv6' ? ' (IPv6)' : ''}.`)
        : null;
    },
  },
  { cause: 'connected', find: ({ connected, name }) => (connected ? good(`Connected with ${name}.`) : null) },
];
