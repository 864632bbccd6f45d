// The verdict: what is going on, in one sentence that needs no knowledge of networks. A table of rules in order of
// specificity; the first that holds speaks, the others are kept behind it. Pure.

import { deviceRules } from './causes_devices.ts';
import { pathRules } from './causes_path.ts';
import { placeRules } from './causes_place.ts';
import { qualityRules, routeRules } from './causes_quality.ts';
import type { Facts } from './facts.ts';
import { situationOf } from './situation.ts';
import type { Situation, Who } from './situation.ts';

/** `good`: nothing to do. `waiting`: wait. `fair`: it works, not well. `bad`: it does not work. */
export type Tone = 'good' | 'waiting' | 'fair' | 'bad';
/** Where the cause lies. */
export type Whose = Who | 'server' | 'nobody';

export interface Verdict {
  readonly cause: string;
  readonly tone: Tone;
  readonly whose: Whose;
  readonly sentence: string;
  /** What to do about it; `null` when there is nothing to do. */
  readonly advice: string | null;
}

/** What a rule finds; `null` when it does not hold. */
export type Finding = Omit<Verdict, 'cause' | 'advice'> & { readonly advice?: string };

/** About this page, whoever else there is. */
export interface PlaceRule {
  readonly cause: string;
  find(facts: Facts): Finding | null;
}

/** About one other person. */
export interface LinkRule {
  readonly cause: string;
  find(situation: Situation): Finding | null;
}

export interface Diagnosis {
  readonly verdict: Verdict;
  /** What else holds, in order. */
  readonly also: readonly Verdict[];
}

/** More than this is not read. */
const maxVerdicts = 6;

const nothingYet: Verdict = { cause: 'starting', tone: 'waiting', whose: 'nobody', sentence: 'Just a moment…', advice: null };

/** Every cause that there is. */
export const causes: readonly string[] = [...placeRules, ...pathRules, ...deviceRules, ...qualityRules, ...routeRules].map(
  ({ cause }) => cause,
);

/** Of the call as a whole, or of the link to one participant. */
export function diagnose(facts: Facts, participant?: string): Diagnosis {
  const places = apply(placeRules, facts);
  const fatal = places.filter(({ tone }) => tone === 'bad');
  const situations = facts.links
    .filter((link) => participant === undefined || link.participant === participant)
    .map((link) => situationOf(facts, link));
  const all = [
    ...fatal,
    ...situations.flatMap((situation) => apply(pathRules, situation)),
    ...(fatal.length === 0 ? apply(deviceRules, { facts, situations }) : []),
    ...situations.flatMap((situation) => apply(qualityRules, situation)),
    ...situations.flatMap((situation) => apply(routeRules, situation).slice(0, 1)),
    ...places.filter(({ tone }) => tone !== 'bad'),
  ];
  const found = all.filter(({ sentence }, i) => all.findIndex((other) => other.sentence === sentence) === i);
  return { verdict: found[0] ?? nothingYet, also: found.slice(1, maxVerdicts) };
}

function apply<Of>(rules: readonly { readonly cause: string; find(of: Of): Finding | null }[], of: Of): Verdict[] {
  return rules.flatMap(({ cause, find }) => {
    const finding = find(of);
    return finding ? [{ cause, advice: null, ...finding }] : [];
  });
}
