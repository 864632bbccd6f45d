import type { Kind, Trouble } from '../state/source.ts';
import { browserOf, kAllowAgain } from './browser.ts';

/** What keeps a device from working, and what to do about it. */
export interface TroubleText {
  readonly title: string;
  readonly advice: string;
}

const kNames = { audio: 'microphone', video: 'camera' } as const;

export function troubleText(kind: Kind, trouble: Trouble): TroubleText {
  const name = kNames[kind];
  switch (trouble) {
    case 'denied':
      return {
        title: `This page may not use your ${name}.`,
        advice: kAllowAgain[browserOf(navigator.userAgent, navigator.maxTouchPoints)],
      };
    case 'missing':
      return { title: `No ${name} was found.`, advice: 'Plug one in and try again, or join without.' };
    case 'busy':
      return {
        title: `Your ${name} could not be started.`,
        advice: 'Another program is probably using it. Close that program, then try again.',
      };
    case 'unplugged':
      return { title: `Your ${name} was disconnected.`, advice: 'Plug it in again, or choose another one.' };
  }
}

/** Both devices refused in one go: one piece of advice is enough. */
export function bothDenied(): TroubleText {
  return {
    title: 'This page may not use your camera and microphone.',
    advice: kAllowAgain[browserOf(navigator.userAgent, navigator.maxTouchPoints)],
  };
}

/** How one would join, when it is with less than both. */
export function joiningWithout(audio: boolean, video: boolean): string | null {
  if (audio && video) return null;
  if (audio) return 'You join without a picture: the others hear you, but do not see you.';
  if (video) return 'You join without sound: the others see you, but do not hear you.';
  return 'You join without picture and sound: you see and hear the others, but they neither see nor hear you.';
}
