// The report (docs/report.md): everything that is known, as JSON, with the verdict on top. Pure.

import type { CandidateFact, EventFact, Facts, LinkFacts, Route, Sample } from './facts.ts';
import { familyOf } from './facts.ts';
import type { Side } from './side.ts';
import { sideOf } from './side.ts';
import type { Diagnosis, Verdict } from './verdict.ts';
import { diagnose } from './verdict.ts';
import type { Bar } from './waterfall.ts';
import { waterfallOf } from './waterfall.ts';

export const reportVersion = 1;

export interface ReportOptions {
  /** Whole addresses, in place of masked ones. */
  readonly addresses?: boolean;
}

export interface LinkReport extends Omit<LinkFacts, 'participant' | 'theirs'> {
  readonly verdict: Verdict;
  readonly route: Route | null;
  readonly mine: Side;
  readonly theirs: Side | null;
  readonly setUp: readonly Bar[];
}

export interface Report extends Omit<Facts, 'links' | 'began' | 'events'>, Diagnosis {
  readonly version: number;
  /** When it was made, and when time 0 was: ISO 8601. */
  readonly made: string;
  readonly began: string;
  readonly browser: string;
  readonly links: readonly LinkReport[];
  readonly events: readonly EventFact[];
}

export function reportOf(facts: Facts, browser: string, { addresses = false }: ReportOptions = {}): Report {
  const shown = addresses ? (address: string) => address : maskAddress;
  const { links, began, events, ...rest } = facts;
  return {
    version: reportVersion,
    made: new Date(began + facts.now).toISOString(),
    began: new Date(began).toISOString(),
    browser,
    ...diagnose(facts),
    ...rest,
    links: links.map((link) => linkReport(facts, link, shown)),
    events,
  };
}

function linkReport(facts: Facts, link: LinkFacts, shown: (address: string) => string): LinkReport {
  const { participant, ...rest } = link;
  const samples = link.samples.map((sample) => withRoute(sample, shown));
  return {
    ...rest,
    verdict: diagnose(facts, participant).verdict,
    route: samples.at(-1)?.route ?? null,
    mine: sideOf(facts, link),
    setUp: waterfallOf(facts, link),
    samples,
    local: link.local.map((candidate) => withAddress(candidate, shown)),
    remote: link.remote.map((candidate) => withAddress(candidate, shown)),
    errors: link.errors.map((error) => ({
      ...error,
      text: error.text.replace(/\d+(\.\d+){3}|[\da-f]*:[\da-f:]+:[\da-f]+/gi, shown),
    })),
  };
}

function withAddress<Of extends Pick<CandidateFact, 'address'>>(of: Of, shown: (address: string) => string): Of {
  return { ...of, address: shown(of.address) };
}

function withRoute(sample: Sample, shown: (address: string) => string): Sample {
  const { route } = sample;
  if (!route) return sample;
  return { ...sample, route: { ...route, local: withAddress(route.local, shown), remote: withAddress(route.remote, shown) } };
}

/** Leaves the network to be guessed at, and not the machine: `203.0.x.x`, `2001:db8:x`, `x.local`. */
export function maskAddress(address: string): string {
  switch (familyOf(address)) {
    case 'ipv4':
      return address.split('.').slice(0, 2).concat('x', 'x').join('.');
    case 'ipv6':
      return `${address.split(':').slice(0, 2).join(':')}:x`;
    default:
      return address === '' ? '' : 'x.local';
  }
}
