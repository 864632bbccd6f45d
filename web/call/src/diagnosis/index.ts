/**
 * What a call is like, and why: pure functions over what a `Recorder` wrote down.
 *
 * @module
 */

export type * from './facts.ts';
export type { Nat, Side, SideError } from './side.ts';
export type { Diagnosis, Tone, Verdict, Whose } from './verdict.ts';
export type { LinkReport, Report, ReportOptions } from './report.ts';
export type { Bar, Step } from './waterfall.ts';
export type { Trial } from './relay_trial.ts';
export type { Readiness, Trials, Way } from './readiness.ts';
export { failed, readinessOf, serversOver, tryAll } from './readiness.ts';
export type { Measured } from './measure.ts';
export { measure, seeNat } from './measure.ts';
export { tryWay } from './relay_trial.ts';
export { causes, diagnose } from './verdict.ts';
export { maskAddress, reportOf, reportVersion } from './report.ts';
export { waterfallOf } from './waterfall.ts';
export { iceServerFacts, isPrivate, parseCandidate } from './facts.ts';
