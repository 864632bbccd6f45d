// What can be in the way of a call, and what must be said of it first, at both ends.
import type { Fault } from './lab/fault.ts';
import { elsewherePort } from './lab/fault.ts';
import * as at from './lab/kinds.ts';
import { host } from './lab/world.ts';

const noRelay = ['--relay', 'off'];
const elsewhere = (urls: string[], more: object = {}): string[] =>
  [...noRelay, '--ice-server', JSON.stringify({ urls: [`stun:${host}:8080`] }), '--ice-server', JSON.stringify({ urls, ...more })];
const relayElsewhere = [`turn:${host}:${elsewherePort}`, `turn:${host}:${elsewherePort}?transport=tcp`];
const secret = 'a secret for two servers';

export const faults: readonly Fault[] = [
  {
    name: 'UDP blocked on one side', lines: [at.nat, at.noUdp], browsers: ['chromium', 'firefox'],
    anna: { cause: 'relayed_udp_blocked', whose: 'other', says: /^Relayed through calls\.example over TCP, port 443, because UDP is blocked on Ben’s network\.$/ },
    ben: { cause: 'relayed_udp_blocked', whose: 'you', says: /because UDP is blocked on your network/ },
  },
  {
    name: 'UDP blocked on both sides', lines: [at.noUdp, at.noUdp], browsers: ['firefox', 'chromium'],
    anna: { cause: 'relayed_udp_blocked', whose: 'both', says: /your network and on Ben’s/ },
    ben: { cause: 'relayed_udp_blocked', whose: 'both', says: /your network and on Anna’s/ },
  },
  {
    name: 'all blocked but TLS on 443', lines: [at.onlyTls, at.nat], browsers: ['chromium', 'chromium'],
    anna: { cause: 'relayed_udp_blocked', whose: 'you', says: /over TLS, port 443, because UDP is blocked on your network/ },
    ben: { cause: 'relayed_udp_blocked', whose: 'other', says: /over TLS, port 443, because UDP is blocked on Anna’s network/ },
  },
  {
    name: 'UDP blocked on one side, no relay', lines: [at.nat, at.noUdp], browsers: ['firefox', 'chromium'], serve: noRelay,
    anna: { cause: 'udp_blocked_no_relay', whose: 'other', says: /UDP is blocked on Ben’s network, and calls\.example offers no relay/ },
    ben: { cause: 'udp_blocked_no_relay', whose: 'you', says: /UDP is blocked on your network/ },
  },
  {
    name: 'UDP blocked on both sides, no relay', lines: [at.noUdp, at.noUdp], browsers: ['chromium', 'firefox'], serve: noRelay,
    anna: { cause: 'udp_blocked_no_relay', whose: 'both', says: /your network and on Ben’s/ },
    ben: { cause: 'udp_blocked_no_relay', whose: 'both', says: /your network and on Anna’s/ },
  },
  {
    name: 'symmetric × symmetric, no relay', lines: [at.symmetric, at.symmetric], browsers: ['chromium', 'firefox'], serve: noRelay,
    anna: { cause: 'strict_nats_no_relay', whose: 'server', says: /do not let each other’s calls in directly, and calls\.example offers no relay/ },
    ben: { cause: 'strict_nats_no_relay', whose: 'server', says: /offers no relay/ },
  },
  {
    name: 'IPv6 alone ↔ IPv4 alone, no relay', lines: [at.ipv6, at.nat], browsers: ['chromium', 'firefox'], serve: noRelay,
    anna: { cause: 'no_common_family', whose: 'you', says: /your network speaks only the new internet protocol/ },
    ben: { cause: 'no_common_family', whose: 'other', says: /Anna’s network speaks only/ },
  },
  {
    name: 'relay with another secret', lines: [at.symmetric, at.symmetric], browsers: ['chromium', 'firefox'],
    relay: ['--relay-secret', 'quite another secret'], serve: elsewhere(relayElsewhere, { secret, ttl: 600 }),
    anna: { cause: 'relay_credentials', whose: 'server', says: /refuses the access/ },
    ben: { cause: 'relay_credentials', whose: 'server', says: /refuses the access/ },
  },
  {
    name: 'relay that is down', lines: [at.symmetric, at.symmetric], browsers: ['firefox', 'chromium'], serve: elsewhere(relayElsewhere, { secret, ttl: 600 }),
    anna: { cause: 'relay_unreachable', whose: 'server', says: /neither browser could reach the relay calls\.example over UDP and TCP/ },
    ben: { cause: 'relay_unreachable', whose: 'server', says: /neither browser/ },
  },
  {
    name: 'relay whose name leads nowhere', lines: [at.symmetric, at.symmetric], browsers: ['chromium', 'firefox'],
    serve: elsewhere(['turn:relay.nowhere.example:3478', 'turn:relay.nowhere.example:3478?transport=tcp'], { secret, ttl: 600 }),
    anna: { cause: 'relay_name', whose: 'server', says: /relay\.nowhere\.example leads nowhere/ },
    ben: { cause: 'relay_name', whose: 'server', says: /leads nowhere/ },
  },
  {
    name: 'relay whose certificate nobody vouches for', lines: [at.symmetric, at.symmetric], browsers: ['chromium', 'chromium'],
    relay: ['--tls', 'self-signed', '--relay-secret', secret], serve: elsewhere([`turns:${host}:${elsewherePort}?transport=tcp`], { secret, ttl: 600 }),
    anna: { cause: 'relay_certificate', whose: 'server', says: /certificate/ },
    ben: { cause: 'relay_certificate', whose: 'server', says: /certificate/ },
  },
  {
    name: 'relay that is full', lines: [at.noUdp, at.noUdp], browsers: ['firefox', 'chromium'], serve: ['--relay-allocations', '1'],
    anna: { cause: 'relay_full', whose: 'server', says: /no capacity/ },
    ben: { cause: 'relay_full', whose: 'server', says: /no capacity/ },
  },
  {
    name: 'another key', lines: [at.nat, at.nat], browsers: ['chromium', 'firefox'], benOpens: (link) => link.replace(/#.*/, '#BBBBBBBBBBBBBBBBBBBBBA'),
    anna: { cause: 'alone', whose: 'nobody', says: /nobody else/ },
    ben: { cause: 'key_mismatch', whose: 'you', says: /Your link does not fit this call/ },
  },
  {
    name: '10 % loss', lines: [at.loss10, at.nat], browsers: ['chromium', 'firefox'],
    anna: { cause: 'packet_loss', says: /about \d+ % .*lost|lost .*about \d+ %/i },
    ben: { cause: 'packet_loss', says: /about \d+ % .*lost|lost .*about \d+ %/i },
  },
  {
    name: 'the other one’s device is gone', lines: [at.nat, at.nat], browsers: ['chromium', 'chromium'],
    then: async ({ homes: [, ben], people: [anna, benPage] }) => {
      await Promise.all([anna.meets(), benPage.meets()]);
      await ben.space.ip('link set eth0 down');
    },
    anna: { cause: 'other_away', whose: 'other', says: /Ben’s device lost its connection or fell asleep/ },
  },
  {
    name: 'the server dies in mid-call', lines: [at.nat, at.nat], browsers: ['chromium', 'firefox'], serve: [],
    then: async ({ people: [anna, ben], server }) => {
      await Promise.all([anna.meets(), ben.meets()]);
      server.end();
    },
    anna: { cause: 'direct', whose: 'nobody', says: /^Connected directly with Ben/ },
    ben: { cause: 'direct', whose: 'nobody', says: /^Connected directly with Anna/ },
  },
];
