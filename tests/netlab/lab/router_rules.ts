// What a router forwards and how it translates, in nftables' language. Its devices are `wan` and `lan`.
import type { Line } from './kinds.ts';

/** `outside` is the router's address on `wan`. */
export function routerRules(line: Line, outside: string): string {
  const rules = [...(line.rules ?? []), ...(line.brokenIpv6 ? ['meta nfproto ipv6 drop'] : [])];
  return `${filter(line, rules)}\n${translation(line, outside)}`;
}

/** Of who says nothing of what he does not want, as firewalls would have it. */
export const silentOutput = `  chain output {
    type filter hook output priority 0;
    icmp type destination-unreachable icmp code != frag-needed drop
    icmpv6 type destination-unreachable drop
  }`;

/** Lets everything out and nothing in that nobody asked for, and answers nobody who knocks. */
const filter = (line: Line, rules: readonly string[]): string => `table inet router {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iifname { lo, lan } accept
    icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
  }
  chain forward {
    type filter hook forward priority 0; policy drop;
    tcp flags syn tcp option maxseg size set rt mtu
    ${rules.join('\n    ')}
    ct state established,related accept
    ct status dnat accept
    iifname lan ${line.nat === 'none' ? '' : 'oifname wan'} accept
    ${line.nat === 'none' ? 'iifname wan oifname lan accept' : ''}
  }
${silentOutput}
}`;

function translation({ nat }: Line, outside: string): string {
  if (nat === 'none') return '';
  // Linux keeps a source port unless another flow with the same far end has it.
  const out = chain('out', 'nat hook postrouting priority srcnat', `oifname wan masquerade${nat === 'symmetric' ? ' fully-random' : ''}`);
  if (nat !== 'full cone') return `table ip translation {\n${out}}`;
  // Whoever sent from a port first is who gets what comes to it, from anybody. What comes from inside seems to come from
  // outside, too: otherwise the answer would go straight back, from an address that was not asked.
  return `table ip translation {
  map owners {
    type inet_service : ipv4_addr
    size 4096
    flags dynamic,timeout
    timeout 5m
  }
${chain('learn', 'filter hook forward priority 1', 'iifname lan oifname wan meta l4proto udp update @owners { udp sport : ip saddr }')}
${chain('in', 'nat hook prerouting priority dstnat', `ip daddr ${outside} meta l4proto udp dnat to udp dport map @owners`)}
${chain('hairpin', 'nat hook postrouting priority srcnat - 1', `iifname lan oifname lan ct status dnat snat to ${outside}`)}
${out}}`;
}

const chain = (name: string, hook: string, rule: string): string => `  chain ${name} {\n    type ${hook};\n    ${rule}\n  }\n`;
