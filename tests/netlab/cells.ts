// The matrix: who calls whom, from where, and the way that the call must take.
import type { Kind } from '../e2e/harness/browser.ts';
import type { Cell, Way } from './lab/cell.ts';
import * as at from './lab/kinds.ts';
import type { Line } from './lab/kinds.ts';

type Pair = 'CC' | 'CF' | 'FC' | 'FF';
const kinds: Record<string, Kind> = { C: 'chromium', F: 'firefox' };
const browsers = ([first, second]: string): [Kind, Kind] => [kinds[first ?? ''] ?? 'chromium', kinds[second ?? ''] ?? 'chromium'];

const apart = (first: Line, second: Line, pair: Pair, way: Way, more: Partial<Cell> = {}): Cell =>
  ({ name: `${first.name} ↔ ${second.name}`, lines: [first, second], browsers: browsers(pair), way, ...more });

const together = (line: Line, pair: Pair, way: Way): Cell => ({ name: `both: ${line.name}`, lines: [line], browsers: browsers(pair), way });

/** Longer than the forgetful NATs remember. */
const late = { waitSeconds: 40 };

/** What `./test` tries. */
export const essential: readonly Cell[] = [
  // The longest first, so that they do not trail behind.
  apart(at.forgetful, at.forgetful, 'CF', 'direct', late),
  apart(at.forgetfulSymmetric, at.nat, 'FC', 'udp', late),
  apart(at.open, at.open, 'CF', 'direct'),
  together({ ...at.nat, name: 'the same LAN' }, 'FC', 'direct'),
  apart(at.nat, at.nat, 'CF', 'direct'),
  apart(at.open, at.symmetric, 'CC', 'direct'),
  apart(at.fullCone, at.symmetric, 'FF', 'direct'),
  apart(at.nat, at.symmetric, 'FC', 'udp'),
  apart(at.symmetric, at.symmetric, 'CC', 'udp'),
  apart(at.carrier, at.nat, 'CF', 'direct'),
  apart(at.symmetricCarrier, at.carrier, 'FC', 'udp'),
  together(at.guests, 'CF', 'direct'),
  together(at.guestsApart, 'FC', 'udp'),
  apart(at.noUdp, at.nat, 'CF', 'tcp'),
  apart(at.only443, at.open, 'FC', 'tcp'),
  apart(at.onlyTls, at.onlyTls, 'CF', 'tls'),
  apart(at.proxied, at.nat, 'CC', 'tcp'),
  apart(at.proxied, at.proxied, 'FC', 'tcp'),
  apart(at.ipv6, at.nat, 'CF', 'udp'),
  apart(at.ipv6, at.dual, 'FC', 'direct'),
  apart(at.brokenIpv6, at.dual, 'CF', 'direct'),
  apart(at.brokenIpv6, at.symmetric, 'FC', 'udp'),
  apart(at.loss10, at.nat, 'CC', 'direct'),
  apart(at.far100, at.nat, 'CF', 'direct'),
  apart(at.far300, at.onlyTls, 'CC', 'tls'),
  apart(at.smallMtu, at.symmetric, 'CF', 'udp'),
  apart(at.halfDns, at.symmetric, 'FC', 'udp'),
  apart(at.flakyDns, at.symmetric, 'CF', 'udp'),
  // Browsers ask for the relay's name anew when they need it, whoever knows it already: so here nobody may need it.
  apart(at.open, at.dyingDns, 'CF', 'direct'),
];

/** What `tools/netlab` tries besides. */
export const further: readonly Cell[] = [
  apart(at.open, at.open, 'CC', 'direct'),
  apart(at.open, at.open, 'FF', 'direct'),
  apart(at.nat, at.nat, 'FF', 'direct'),
  apart(at.nat, at.symmetric, 'CF', 'udp'),
  apart(at.symmetric, at.symmetric, 'FF', 'udp'),
  apart(at.symmetric, at.open, 'FF', 'direct'),
  apart(at.fullCone, at.symmetric, 'CC', 'direct'),
  apart(at.carrier, at.carrier, 'FF', 'direct'),
  together(at.guests, 'FF', 'direct'),
  apart(at.noUdp, at.noUdp, 'FF', 'tcp'),
  apart(at.noUdp, at.open, 'FC', 'tcp'),
  apart(at.only443, at.only443, 'CC', 'tcp'),
  apart(at.onlyTls, at.symmetric, 'FC', 'tls'),
  apart(at.onlyTls, at.open, 'CC', 'tls'),
  apart(at.onlyTls, at.proxied, 'CF', 'tls'),
  apart(at.proxied, at.symmetric, 'FF', 'tcp'),
  apart(at.proxied, at.open, 'CF', 'tcp'),
  apart(at.ipv6, at.ipv6, 'CF', 'direct'),
  apart(at.ipv6, at.symmetric, 'FF', 'udp'),
  apart(at.ipv6, at.nat, 'CC', 'udp'),
  apart(at.ipv6, at.noUdp, 'CF', 'tcp'),
  apart(at.brokenIpv6, at.brokenIpv6, 'FC', 'direct'),
  apart(at.loss2, at.nat, 'CF', 'direct'),
  apart(at.loss2, at.symmetric, 'FC', 'udp'),
  apart(at.loss10, at.symmetric, 'FC', 'udp'),
  apart(at.loss10, at.onlyTls, 'CF', 'tls'),
  apart(at.far100, at.symmetric, 'CC', 'udp'),
  apart(at.far100, at.noUdp, 'FC', 'tcp'),
  apart(at.far300, at.nat, 'FF', 'direct'),
  apart(at.far300, at.symmetric, 'CF', 'udp'),
  apart(at.smallMtu, at.nat, 'FF', 'direct'),
  apart(at.smallMtu, at.onlyTls, 'CC', 'tls'),
  apart(at.forgetful, at.nat, 'FF', 'direct', late),
  apart(at.forgetfulSymmetric, at.symmetric, 'CC', 'udp', late),
  apart(at.halfDns, at.nat, 'CF', 'direct'),
  apart(at.flakyDns, at.onlyTls, 'FC', 'tls'),
  apart(at.dyingDns, at.open, 'FC', 'direct'),
];
