// What homes there are: how a household is joined to the internet, as data. `world.ts` builds what stands here.

export type Family = 'v4' | 'v6';

/** What a router does to the addresses of those behind it. Filtering is always by address and port, but for `full cone`. */
export type Nat =
  | 'none'          // public addresses
  | 'keeps ports'   // one mapping for all peers, as most homes have
  | 'symmetric'     // another port for each peer
  | 'full cone';    // one mapping, open to everybody, and from inside, too (hairpin)

export interface Line {
  /** In a few words, for the table. */
  name: string;
  /** IPv4 alone, if left out. */
  families?: readonly Family[];
  nat: Nat;
  /** A second NAT, at the carrier. */
  carrier?: Nat;
  /** Rules of the router's forward chain, in nftables' language, before all others. */
  rules?: readonly string[];
  /** There is no way out but an HTTP proxy on the router, which knows CONNECT to port 443 and nothing else. */
  proxy?: true;
  /** IPv6 is configured, and leads nowhere. */
  brokenIpv6?: true;
  /** The router keeps those on its LAN apart, as a guest network does. */
  isolates?: true;
  /** Percent of the packets, lost in each direction. */
  loss?: number;
  /** Milliseconds to and fro, to the internet. */
  roundTrip?: number;
  mtu?: number;
  /** Seconds after which the NAT forgets a mapping for UDP. */
  forgetsAfter?: number;
  /** What is wrong with the home's resolver. */
  resolver?: 'no answer for IPv6' | 'every other query lost' | 'dies once the page is there';
}

const both = ['v4', 'v6'] as const;

// The first bytes that a TCP connection carries to the far end must be those of a TLS handshake.
const tlsAlone = [
  'tcp dport 443 ct mark 0 @ih,0,8 0x16 ct mark set 1',
  'tcp dport 443 ct mark 0 @ih,0,8 != 0x16 drop',
];

export const open: Line = { name: 'open', families: both, nat: 'none' };
export const nat: Line = { name: 'NAT that keeps ports', nat: 'keeps ports' };
export const symmetric: Line = { name: 'symmetric NAT', nat: 'symmetric' };
export const fullCone: Line = { name: 'full-cone NAT', nat: 'full cone' };
export const carrier: Line = { name: 'NAT behind a carrier’s NAT', nat: 'keeps ports', carrier: 'keeps ports' };
export const symmetricCarrier: Line = { name: 'NAT behind a symmetric carrier’s NAT', nat: 'keeps ports', carrier: 'symmetric' };
export const guests: Line = { name: 'guest network with hairpin', nat: 'full cone', isolates: true };
export const guestsApart: Line = { name: 'guest network without hairpin', nat: 'keeps ports', isolates: true };
export const noUdp: Line = { name: 'UDP blocked', nat: 'keeps ports', rules: ['meta l4proto udp drop'] };
export const only443: Line = { name: 'all blocked but TCP 443', nat: 'keeps ports', rules: ['meta l4proto != tcp drop', 'iifname "lan" tcp dport != 443 drop'] };
export const onlyTls: Line = { name: 'all blocked but TLS on 443', nat: 'keeps ports', rules: [...only443.rules!, ...tlsAlone] };
export const proxied: Line = { name: 'HTTP CONNECT proxy alone', nat: 'keeps ports', rules: ['drop'], proxy: true };
export const ipv6: Line = { name: 'IPv6 alone', families: ['v6'], nat: 'keeps ports' };
export const dual: Line = { name: 'NAT, and IPv6', families: both, nat: 'keeps ports' };
export const brokenIpv6: Line = { name: 'NAT, and broken IPv6', families: both, nat: 'keeps ports', brokenIpv6: true };
export const loss2: Line = { name: '2 % loss', nat: 'keeps ports', loss: 2 };
export const loss10: Line = { name: '10 % loss', nat: 'keeps ports', loss: 10 };
export const far100: Line = { name: '100 ms away', nat: 'keeps ports', roundTrip: 100 };
export const far300: Line = { name: '300 ms away', nat: 'keeps ports', roundTrip: 300 };
export const smallMtu: Line = { name: 'MTU of 1280', nat: 'keeps ports', mtu: 1280 };
export const forgetful: Line = { name: 'NAT that forgets after 30 s', nat: 'keeps ports', forgetsAfter: 30 };
export const forgetfulSymmetric: Line = { name: 'symmetric NAT that forgets after 30 s', nat: 'symmetric', forgetsAfter: 30 };
export const halfDns: Line = { name: 'DNS mute for IPv6', families: both, nat: 'keeps ports', resolver: 'no answer for IPv6' };
export const flakyDns: Line = { name: 'DNS that loses every other query', nat: 'keeps ports', resolver: 'every other query lost' };
export const dyingDns: Line = { name: 'DNS that dies', nat: 'keeps ports', resolver: 'dies once the page is there' };
