// Causes that lie before anybody else is met: the page, the room, the server. Pure.

import type { EndReason, Trouble } from '../types.ts';
import type { Facts } from './facts.ts';
import type { Finding, PlaceRule, Whose } from './verdict.ts';

/** A clock that is further off breaks certificates and credentials. */
const clockTolerance = 5 * 60_000;

const endings: readonly (readonly [EndReason, Whose, string, string])[] = [
  [
    'room_full',
    'nobody',
    'The room is full: every seat is taken, or kept for someone whose connection dropped.',
    'Try again in a minute or two, or start a call of your own.',
  ],
  ['taken_over', 'you', 'This call goes on in another tab or window of yours.', 'Go there, or take it back here.'],
  [
    'key_mismatch',
    'you',
    'Your link does not fit this call: its part after “#” is another key than the others have.',
    'Ask for the link again, and open it whole.',
  ],
  [
    'man_in_the_middle',
    'server',
    'Someone stands between the two browsers, so the call was ended.',
    'Start a new call and send its link in a way that you trust.',
  ],
  ['room_name', 'you', 'The address does not name a room.', 'Check the link.'],
  [
    'browser_refused',
    'you',
    'Your browser refused something that every call is made of.',
    'Look for an extension or a setting that turns calls (WebRTC) off, or use another browser.',
  ],
  ['unsupported_version', 'you', 'This page is older than the server and no longer understands it.', 'Reload the page.'],
  ['bad_request', 'server', 'The server did not understand this page.', 'Reload the page.'],
  ['too_large', 'server', 'This page sent more at once than the server takes.', 'Reload the page.'],
];

const troubles: readonly (readonly [Trouble, string, string])[] = [
  ['server_full', 'The server has all the calls that it will carry.', 'It goes on trying; or ask its operator to allow more.'],
  [
    'too_many_connections',
    'Too many connections come from your network, so the server takes no more of them.',
    'Close other tabs of this page, or ask the server’s operator to allow more for one address.',
  ],
  ['flooding', 'The server asks this page to slow down.', 'Wait; it goes on trying.'],
  ['server_restarting', 'The server is restarting.', 'Wait a moment; it goes on by itself.'],
  [
    'slow_consumer',
    'Your connection to the server is too slow to keep up with it.',
    'Move closer to the WiFi, or use another network.',
  ],
];

const isJoining = ({ server }: Facts): boolean => server.state.kind === 'connecting' || server.state.kind === 'reconnecting';
const troubleOf = ({ server }: Facts): Trouble | null =>
  server.state.kind === 'connecting' || server.state.kind === 'reconnecting' ? server.state.trouble : null;

/** Without the server nobody new is found; a call that is up goes on. */
function unreached(facts: Facts, whose: Whose, sentence: string, advice: string): Finding {
  const goesOn = facts.links.some(({ path }) => path === 'connected');
  return { tone: goesOn ? 'fair' : 'bad', whose, sentence: goesOn ? `${sentence} Your call goes on.` : sentence, advice };
}

export const placeRules: readonly PlaceRule[] = [
  {
    cause: 'insecure_page',
    find: ({ page }) =>
      page.secure
        ? null
        : {
            tone: 'bad',
            whose: 'you',
            sentence: 'This address is not secure (http://), and browsers give camera and microphone to secure pages only.',
            advice: 'Open the page by its https:// address.',
          },
  },
  {
    cause: 'no_webrtc',
    find: ({ page }) =>
      page.webrtc
        ? null
        : {
            tone: 'bad',
            whose: 'you',
            sentence: 'Your browser cannot make calls: it has no WebRTC, or an extension has turned it off.',
            advice: 'Use a current Firefox, Chrome, Edge or Safari, without extensions that block WebRTC.',
          },
  },
  ...endings.map(([reason, whose, sentence, advice]): PlaceRule => ({
    cause: reason,
    find: ({ server: { state } }) =>
      state.kind === 'ended' && state.reason === reason ? { tone: 'bad', whose, sentence, advice } : null,
  })),
  {
    cause: 'offline',
    find: ({ page, server }) =>
      page.online || server.state.kind === 'ended'
        ? null
        : {
            tone: 'bad',
            whose: 'you',
            sentence: 'Your device is offline.',
            advice: 'Check the WiFi or the cable; the call goes on by itself when it is back.',
          },
  },
  ...troubles.map(([trouble, sentence, advice]): PlaceRule => ({
    cause: trouble,
    find: (facts) =>
      troubleOf(facts) === trouble ? unreached(facts, trouble === 'slow_consumer' ? 'you' : 'server', sentence, advice) : null,
  })),
  {
    cause: 'websocket_blocked',
    find: (facts) =>
      isJoining(facts) && facts.server.failures > 0 && facts.server.http === 'answers'
        ? unreached(
            facts,
            'you',
            `The server ${facts.server.host} answers, but something on your network lets no lasting connection (WebSocket) to it through.`,
            'A company proxy, a virus scanner or an extension does this: try without it, or another network, such as a phone’s hotspot.',
          )
        : null,
  },
  {
    cause: 'server_unreachable',
    find: (facts) =>
      isJoining(facts) && facts.server.failures > 0 && facts.server.http !== 'answers'
        ? unreached(
            facts,
            'server',
            `The server ${facts.server.host} cannot be reached.`,
            'Check that other pages open. If they do, the server is down, or your network blocks it: ask its operator.',
          )
        : null,
  },
  {
    cause: 'joining_slowly',
    find: (facts) =>
      isJoining(facts) && facts.server.joining !== null && facts.now - facts.server.joining > 4_000
        ? unreached(facts, 'nobody', `The server ${facts.server.host} takes long to answer.`, 'It goes on trying by itself.')
        : null,
  },
  {
    cause: 'clock_wrong',
    find: ({ server: { clockAhead } }) =>
      clockAhead === null || Math.abs(clockAhead) < clockTolerance
        ? null
        : {
            tone: 'fair',
            whose: 'you',
            sentence: `Your device’s clock and the server’s differ by ${minutes(Math.abs(clockAhead))}: certificates and access to relays can fail by that.`,
            advice: 'Let your device set its clock by itself. If it is right, ask the server’s operator to check the server’s.',
          },
  },
  {
    cause: 'left',
    find: ({ server: { state } }) =>
      state.kind === 'ended' && state.reason === 'left'
        ? { tone: 'good', whose: 'nobody', sentence: 'You left the call.' }
        : null,
  },
  {
    cause: 'alone',
    find: ({ server: { state } }) =>
      state.kind === 'alone'
        ? { tone: 'good', whose: 'nobody', sentence: 'You are connected to the server, and nobody else is here yet.' }
        : null,
  },
];

function minutes(milliseconds: number): string {
  const whole = Math.round(milliseconds / 60_000);
  if (whole < 120) return `${whole} minutes`;
  return whole < 2880 ? `${Math.round(whole / 60)} hours` : `${Math.round(whole / 1440)} days`;
}
