import { effect, signal } from '@preact/signals';
import type { Participant } from 'plntry-call';
import { nameOf } from '../words/name.ts';
import { snapshot } from './session.ts';

export interface Toast {
  readonly id: number;
  readonly text: string;
  /** For screen readers only: everybody else sees it anyway. */
  readonly quiet: boolean;
}

type People = ReadonlyMap<string, Participant>;

const kShownMs = 6000;
const kMaxToasts = 3;
/** By then a newcomer's browser has said its name. */
const kIntroductionMs = 1000;
/** A reloaded page leaves and comes back within this time, as a new participant. */
const kReloadMs = 3000;

/** What just happened to the others, each line for a few seconds. */
export const toasts = signal<readonly Toast[]>([]);

let lastId = 0;
let known: People = new Map();
let wasInside = false;

effect(() => {
  const now = snapshot.value;
  const present: People = new Map(now?.participants.map((participant) => [participant.id, participant]));
  const inside = now !== null && now.state.kind !== 'connecting' && now.state.kind !== 'ended';
  if (inside && wasInside) tellChanges(known, present);
  wasInside = inside;
  known = present;
});

function tellChanges(before: People, after: People): void {
  for (const [id, former] of before) {
    const current = after.get(id);
    if (current === undefined) setTimeout(() => tellGone(former, before), kReloadMs);
    else if (former.presence === 'away' && current.presence === 'present') show(`${nameOf(current)} is back.`);
  }
  for (const id of after.keys()) if (!before.has(id)) setTimeout(() => tellCome(id), kIntroductionMs);
}

function tellCome(id: string): void {
  const newcomer = known.get(id);
  if (newcomer !== undefined) show(`${nameOf(newcomer)} joined.`, known.size === 1);
}

function tellGone(former: Participant, before: People): void {
  const cameBack = [...known.values()].some(({ id, name }) => !before.has(id) && name === former.name);
  if (!cameBack && snapshot.peek() !== null) show(`${nameOf(former)} left.`);
}

function show(text: string, quiet = false): void {
  lastId += 1;
  const toast = { id: lastId, text, quiet };
  toasts.value = [...toasts.peek(), toast].slice(-kMaxToasts);
  setTimeout(() => (toasts.value = toasts.peek().filter(({ id }) => id !== toast.id)), kShownMs);
}
