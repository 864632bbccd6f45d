// Where the time went between joining (or the other one's coming) and the first picture. Pure.

import type { Facts, LinkFacts, StateFact } from './facts.ts';

export type Step = 'server' | 'addresses' | 'relay' | 'description' | 'path' | 'encryption' | 'picture';

/** Milliseconds since the set-up began; `to` is `null` for what is not finished. */
export interface Bar {
  readonly step: Step;
  readonly from: number;
  readonly to: number | null;
}

/** A newcomer learns of the others by its welcome. Who was here first waits for this call from the other one's coming on. */
const atOnce = 50;

export function waterfallOf({ server, now }: Pick<Facts, 'server' | 'now'>, link: LinkFacts): readonly Bar[] {
  const welcomed = server.welcomed ?? now;
  const isNewcomer = server.joining !== null && link.since - welcomed < atOnce;
  const start = isNewcomer ? (server.joining ?? link.since) : link.since;
  const state = (what: StateFact['what'], ...states: string[]) =>
    link.states.find((fact) => fact.what === what && states.includes(fact.state))?.at ?? null;
  const mark = (...whats: string[]) => link.marks.find(({ what }) => whats.includes(what))?.at ?? null;
  const described = mark('answer_sent', 'answer_received');
  const checking = state('ice', 'checking');
  const found = state('ice', 'connected', 'completed');
  const encrypted = state('dtls', 'connected');
  const relay = link.local.find(({ kind }) => kind === 'relay')?.at ?? null;
  const steps: readonly (readonly [Step, number | null, number | null])[] = [
    ['server', isNewcomer ? start : null, isNewcomer ? server.welcomed : null],
    ['addresses', state('gathering', 'gathering'), state('gathering', 'complete')],
    ['relay', relay === null ? null : state('gathering', 'gathering'), relay],
    ['description', isNewcomer ? server.welcomed : start, described],
    ['path', checking ?? (found === null ? null : described), found],
    ['encryption', found, encrypted],
    ['picture', encrypted, mark('first_frame')],
  ];
  return steps.flatMap(([step, from, to]) => {
    if (from === null) return [];
    const end = to === null ? null : Math.max(0, to - start);
    // What was made ready while waiting had cost nothing when the other one came.
    return end !== null && to !== null && to <= start ? [] : [{ step, from: Math.max(0, from - start), to: end }];
  });
}
