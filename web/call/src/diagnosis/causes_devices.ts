// Causes that lie in a camera or a microphone. Pure.

import type { DeviceState, Facts } from './facts.ts';
import type { Situation } from './situation.ts';
import type { Finding } from './verdict.ts';

interface Devices {
  readonly facts: Facts;
  readonly situations: readonly Situation[];
}

type Trouble = Exclude<DeviceState, 'on' | 'off'>;

const words = { audio: { name: 'microphone', lost: 'hear' }, video: { name: 'camera', lost: 'see' } } as const;

const happened: Readonly<Record<Trouble, (whose: string, device: string) => string>> = {
  denied: (whose, device) => `${whose} browser may not use the ${device}`,
  missing: (whose, device) => `${whose} browser finds no ${device}`,
  busy: (whose, device) => `${whose} ${device} could not be started, probably because another program uses it`,
  unplugged: (whose, device) => `${whose} ${device} was disconnected`,
};

const advice: Readonly<Record<Trouble, string>> = {
  denied: 'Allow it by the icon beside the address, then try again.',
  missing: 'Plug one in, or go on without.',
  busy: 'Close the other program, then try again.',
  unplugged: 'Plug it in again, or choose another one.',
};

const order: readonly Trouble[] = ['busy', 'denied', 'missing', 'unplugged'];

function own(kind: 'audio' | 'video', trouble: Trouble) {
  return {
    cause: `${words[kind].name}_${trouble}`,
    find: ({ facts, situations }: Devices): Finding | null => {
      if (facts.devices[kind] !== trouble) return null;
      const others = situations.length === 1 ? situations[0]?.name : 'the others';
      const sentence = `${happened[trouble]('Your', words[kind].name)}, so ${others ?? 'the others'} cannot ${words[kind].lost} you.`;
      return { tone: 'fair', whose: 'you', sentence, advice: advice[trouble] };
    },
  };
}

function theirs(kind: 'audio' | 'video', trouble: Trouble) {
  return {
    cause: `their_${words[kind].name}_${trouble}`,
    find: ({ situations }: Devices): Finding | null => {
      const one = situations.find((situation) => situation.theirs?.[kind] === trouble);
      if (!one) return null;
      const sentence = `${capital(happened[trouble](`${one.name}’s`, words[kind].name))}, so you cannot ${words[kind].lost} ${one.name}.`;
      return { tone: 'fair', whose: 'other', sentence, advice: `${capital(one.name)} has to mend that: ${advice[trouble]}` };
    },
  };
}

export const deviceRules = [
  ...(['video', 'audio'] as const).flatMap((kind) => order.map((trouble) => own(kind, trouble))),
  ...(['video', 'audio'] as const).flatMap((kind) => order.map((trouble) => theirs(kind, trouble))),
];

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
