// Facts for tests: a call that is up and well, of which each test changes what it is about.

import type { CandidateFact, Facts, FlowSample, LinkFacts, Route, Sample } from '../../src/diagnosis/facts.ts';
import { iceServerFacts, parseCandidate } from '../../src/diagnosis/facts.ts';
import type { Side } from '../../src/diagnosis/side.ts';

export const relays = ['turn:calls.example.org:3478?transport=udp', 'turn:calls.example.org:3478?transport=tcp'];
export const relayOverTls = 'turns:calls.example.org:443?transport=tcp';
const stun = 'stun:calls.example.org:3478';

export function servers(...urls: string[]): Facts['iceServers'] {
  return iceServerFacts([{ urls: [stun, ...urls] }]);
}

export function made(changes: Partial<Facts> = {}): Facts {
  return {
    now: 60_000,
    began: 1_800_000_000_000,
    page: { secure: true, webrtc: true, online: true },
    server: {
      host: 'calls.example.org',
      port: 3478,
      state: { kind: 'in-call' },
      joining: 100,
      welcomed: 200,
      failures: 0,
      http: 'unknown',
      clockAhead: null,
    },
    relayOnly: false,
    iceServers: servers(...relays),
    devices: { audio: 'on', video: 'on' },
    links: [link()],
    events: [],
    ...changes,
  };
}

export function flow(changes: Partial<FlowSample> = {}): FlowSample {
  return {
    packets: 50,
    bitsPerSecond: 900_000,
    loss: 0,
    jitter: 0.004,
    codec: 'VP8',
    width: 1280,
    height: 720,
    framesPerSecond: 30,
    limit: null,
    ...changes,
  };
}

export const directRoute: Route = {
  protocol: 'udp',
  local: { kind: 'srflx', family: 'ipv4', address: '203.0.113.7', port: 40_000, relay: null },
  remote: { kind: 'srflx', family: 'ipv4', address: '198.51.100.9', port: 41_000, relay: null },
};

export function relayRoute(relay: 'udp' | 'tcp' | 'tls'): Route {
  return { ...directRoute, local: { kind: 'relay', family: 'ipv4', address: '192.0.2.1', port: 50_000, relay } };
}

export function sample(at: number, changes: Partial<Sample> = {}): Sample {
  return {
    at,
    route: directRoute,
    roundTrip: 0.04,
    received: { audio: flow(), video: flow() },
    sent: { audio: flow(), video: flow() },
    frames: 100,
    ...changes,
  };
}

/** A minute of them, less what has not been yet. */
export function samples(changes: Partial<Sample> = {}, count = 20): Sample[] {
  return Array.from({ length: count }, (_, i) => sample(60_000 - (count - i) * 1_000, changes));
}

const candidate = (text: string, at = 400, from = {}): CandidateFact =>
  parseCandidate(`candidate:1 1 ${text}`, at, from) as CandidateFact;
export const host = candidate('udp 1 192.168.1.5 40000 typ host');
export const srflx = candidate('udp 1 203.0.113.7 40000 typ srflx raddr 192.168.1.5 rport 40000');
export const relay = (over: 'udp' | 'tcp' | 'tls', address = '192.0.2.1'): CandidateFact =>
  candidate(`udp 1 ${address} 50000 typ relay raddr 203.0.113.7 rport 40000`, 500, { relayProtocol: over });

/** Up for a minute. */
export function link(changes: Partial<LinkFacts> = {}): LinkFacts {
  return {
    participant: 'ann',
    name: 'Ann',
    presence: 'present',
    path: 'connected',
    since: 205,
    searching: 300,
    wasConnected: true,
    answered: true,
    states: [
      { at: 300, what: 'gathering', state: 'gathering' },
      { at: 350, what: 'ice', state: 'checking' },
      { at: 550, what: 'ice', state: 'connected' },
      { at: 600, what: 'dtls', state: 'connected' },
      { at: 700, what: 'gathering', state: 'complete' },
    ],
    local: [host, srflx, relay('udp'), relay('tcp')],
    remote: [],
    errors: [],
    samples: samples(),
    theySend: { audio: true, video: true },
    theirs: side(),
    marks: [
      { at: 240, what: 'connection' },
      { at: 320, what: 'answer_sent' },
      { at: 800, what: 'first_frame' },
    ],
    ...changes,
  };
}

/** Without a path, for `waited` milliseconds: nothing has been found. */
export function lost(changes: Partial<LinkFacts> = {}, waited = 4_500): LinkFacts {
  const began = 60_000 - waited;
  return link({
    path: 'waiting',
    since: began,
    searching: began,
    wasConnected: false,
    samples: [],
    local: [host],
    states: [
      { at: began, what: 'gathering', state: 'gathering' },
      { at: began + 50, what: 'ice', state: 'checking' },
    ],
    theirs: side({ ice: 'checking', dtls: 'new', looking: waited, hears: null, sees: null }),
    ...changes,
  });
}

export function error(url: string, code: number, text = '', after = 100, waited = 4_500): LinkFacts['errors'][number] {
  return { at: 60_000 - waited + after, after, url, code, text };
}

export function side(changes: Partial<Side> = {}): Side {
  return {
    version: 1,
    stun: true,
    offered: ['udp', 'tcp'],
    relayOnly: false,
    looking: 59_000,
    gathered: true,
    host: ['ipv4'],
    reflexive: ['ipv4'],
    relayed: ['udp', 'tcp'],
    relayIsPrivate: false,
    errors: [],
    udp: 'works',
    nat: 'unknown',
    ice: 'connected',
    dtls: 'connected',
    audio: 'on',
    video: 'on',
    hears: true,
    sees: true,
    sendsAudio: true,
    sendsVideo: true,
    loss: 0,
    limit: null,
    ...changes,
  };
}
