// Where no stranger may be taken by a relay: the special addresses, and IPv4 ones in each of their IPv6 disguises.

/** The first and the last address of each range, or what stands in it for a reason. */
const kV4 = [
  '0.0.0.0', '0.255.255.255', '10.0.0.0', '10.255.255.255', '100.64.0.0', '100.127.255.255', '127.0.0.0', '127.0.0.1', '127.255.255.255',
  '169.254.0.0', '169.254.169.254', '169.254.255.255', '172.16.0.0', '172.31.255.255', '192.0.0.0', '192.0.0.255', '192.0.2.0',
  '192.0.2.255', '192.88.99.0', '192.88.99.255', '192.168.0.0', '192.168.255.255', '198.18.0.0', '198.19.255.255', '198.51.100.0',
  '198.51.100.255', '203.0.113.0', '203.0.113.255', '224.0.0.0', '239.255.255.255', '240.0.0.0', '255.255.255.255', '168.63.129.16',
];
const kV6 = [
  '::', '::1', '::2', '::ffff:0:0', '::ffff:ffff:ffff', '::ffff:808:808', '64:ff9b::', '64:ff9b::ffff:ffff', '64:ff9b:1::',
  '64:ff9b:1:ffff:ffff:ffff:ffff:ffff', '100::', '100::ffff:ffff:ffff:ffff', '2001::', '2001:0:ffff:ffff:ffff:ffff:ffff:ffff',
  '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fc00::',
  'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fd00:ec2::254', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fec0::',
  'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ff00::', 'ff02::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
];

/** IPv4-mapped, IPv4-compatible, NAT64 and 6to4. */
export function disguises(v4: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = v4.split('.').map(Number);
  const hex = (high: number, low: number): string => (high * 256 + low).toString(16);
  return [`::ffff:${v4}`, `::${v4}`, `64:ff9b::${v4}`, `2002:${hex(a, b)}:${hex(c, d)}::1`];
}

export const forbidden: { family: 4 | 6; address: string }[] = [
  ...kV4.map((address) => ({ family: 4 as const, address })),
  ...[...kV6, ...kV4.flatMap(disguises)].map((address) => ({ family: 6 as const, address })),
];
