import type { EndReason } from 'plntry-call';

export type Action = 'rejoin' | 'use-here' | 'start' | 'reload' | 'home';

export interface Ending {
  readonly title: string;
  readonly happened: string;
  readonly advice: string;
  /** What to offer, the most helpful first. */
  readonly actions: readonly Action[];
}

export type Problem = Exclude<EndReason, 'left'> | 'open_elsewhere' | 'words_differ' | 'key_malformed' | 'insecure' | 'too_old';

export const kActions: Readonly<Record<Action, string>> = {
  rejoin: 'Try again',
  'use-here': 'Use it here',
  start: 'Start a call',
  reload: 'Reload the page',
  home: 'Home',
};

const kConfused: Ending = {
  title: 'The page and the server misunderstood each other',
  happened: 'The server refused a message of this page, and the call ended.',
  advice: 'Reload the page to get the version that fits the server.',
  actions: ['reload', 'home'],
};

export const kEndings: Readonly<Record<Problem, Ending>> = {
  room_full: {
    title: 'This room is full',
    happened: 'Every seat is taken, or kept for someone whose connection dropped.',
    advice: 'Try again in a minute or two, or start a call of your own and send its link.',
    actions: ['rejoin', 'home'],
  },
  open_elsewhere: {
    title: 'This call is open in another tab',
    happened: 'The room is full, and one of its seats is yours: you are in this call in another tab or window.',
    advice: 'You can move the call here; it then ends in the other tab.',
    actions: ['use-here', 'home'],
  },
  taken_over: {
    title: 'This call is open in another tab',
    happened: 'You opened it there, so it ended here. The others noticed nothing but a short break.',
    advice: 'You can take it back.',
    actions: ['use-here', 'home'],
  },
  key_mismatch: {
    title: 'Your link does not fit this call',
    happened: 'The part of the link after “#” is the key that keeps the call private. The others have a different one.',
    advice: 'Ask for the link again, and open it whole, exactly as it was sent.',
    actions: ['rejoin', 'home'],
  },
  key_malformed: {
    title: 'This link is not complete',
    happened: 'The part of the link after “#” is the key that keeps the call private. It has 22 characters; this one does not.',
    advice: 'Ask for the link again, and copy all of it.',
    actions: ['home'],
  },
  man_in_the_middle: {
    title: 'Someone is in the middle of this call',
    happened: 'The other browser did not prove to be the one that you are connected to, so someone could listen in. The call was ended.',
    advice: 'Do not go on in this room. Start a new call and send its link in a way that you trust.',
    actions: ['start', 'home'],
  },
  words_differ: {
    title: 'You left, because the words differ',
    happened: 'When two sides see different words, someone between them could listen in.',
    advice: 'Do not go on in this room. Start a new call and send its link in a way that you trust.',
    actions: ['start', 'home'],
  },
  room_name: {
    title: 'That is not a room name',
    happened: 'A room name has 3 to 64 lower-case letters, digits or hyphens, like “garden-club”.',
    advice: 'Check the address, or go home and type the name there.',
    actions: ['home'],
  },
  unsupported_version: {
    title: 'This page is out of date',
    happened: 'The server has been updated and no longer speaks this page’s language.',
    advice: 'Reload the page.',
    actions: ['reload', 'home'],
  },
  bad_request: kConfused,
  too_large: kConfused,
  browser_refused: {
    title: 'This browser did not let the call begin',
    happened: 'It refused something that every call is made of: encryption, or a connection to the server or to the others.',
    advice: 'Reload the page. If that does not help, look for an extension or a setting that turns calls (WebRTC) off, or use another browser.',
    actions: ['reload', 'home'],
  },
  insecure: {
    title: 'This address is not secure',
    happened: 'Browsers give camera and microphone only to pages whose address begins with https://, or that run on this very device as localhost.',
    advice: 'Open the page by its https:// address.',
    actions: ['home'],
  },
  too_old: {
    title: 'This browser is too old for calls',
    happened: 'It lacks a part that encrypted calls are made of.',
    advice: 'Update it, or use a current Firefox, Chrome, Edge or Safari.',
    actions: ['home'],
  },
};
