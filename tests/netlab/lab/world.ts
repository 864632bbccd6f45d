// A small internet: a server and one or two households, each behind its router. Every world is its own, so that worlds can
// stand beside each other with the same addresses.
import { existsSync, mkdirSync, mkdtempSync, renameSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import type { Family, Line } from './kinds.ts';
import { routerRules, silentOutput } from './router_rules.ts';
import type { Services } from './services.ts';
import { Space, discardFolder, run, temporary } from './space.ts';

/** The name of the server, whatever it runs. */
export const host = 'calls.example';
export const serverAddress = { v4: '11.0.0.2', v6: '2a11::2' } as const;
export const kProxyPort = 3128;

const here = import.meta.dirname;
const cable = join(here, '../../../build/netlab/long_cable');

/** A computer at home, with the resolver that it asks. */
export interface Home {
  space: Space;
  /** Its way out. */
  device: string;
  junction: Junction;
  line: Line;
  services: Daemon;
  /** For what its browser keeps. */
  folder: string;
  /** Leads to its browser's debugging port. */
  socket: string;
  proxy: string | undefined;
}

/** Where homes are joined to the internet: a router with its LAN. */
export interface Junction {
  line: Line;
  router: Space;
  site: number;
  gateway: Record<Family, string>;
}

/** Of a browser that speaks on a socket (Firefox), in every home. */
export const kDebuggingPort = 9222;

export class World {
  readonly server: Space;
  private readonly internet: Space;
  private readonly spaces: Space[];
  private readonly folder = temporary(mkdtempSync(join(tmpdir(), 'plntry-lab-')));
  private sites = 0;
  private moves = 0;

  private constructor(internet: Space, server: Space) {
    this.internet = internet;
    this.server = server;
    this.spaces = [internet, server];
  }

  static async make(): Promise<World> {
    const world = new World(await Space.make('internet'), await Space.make('server'));
    await world.internet.set(kForwarding);
    await lay(world.internet, 's', world.server, 'wan');
    await world.internet.ip('addr add 11.0.0.1/24 dev s', 'addr add 2a11::1/64 dev s', 'link set s up',
      'route add blackhole default', 'route add blackhole ::/0');
    await world.server.ip(`addr add ${serverAddress.v4}/24 dev wan`, `addr add ${serverAddress.v6}/64 dev wan`, 'link set wan up',
      'route add default via 11.0.0.1', 'route add default via 2a11::1');
    await quiet(world.server);
    await quiet(world.internet);
    return world;
  }

  /** A household of `people` computers. */
  async household(line: Line, people: number): Promise<Home[]> {
    const junction = await this.junction(line);
    return Promise.all(Array.from({ length: people }, (_, person) => this.home(junction, 10 * junction.site + person + 1)));
  }

  /** A router that nobody is at home behind yet. */
  async junction(line: Line): Promise<Junction> {
    const site = this.sites += 1;
    const router = await this.space('router');
    const families = line.families ?? ['v4'];
    // What goes from one to another on the LAN is not routed: the rules are not for it, on any kernel.
    await router.run('sysctl', '-q', '-e', '-w', 'net.bridge.bridge-nf-call-iptables=0', 'net.bridge.bridge-nf-call-ip6tables=0');
    await router.set({ ...kForwarding, ...(line.forgetsAfter ? {
      'net.netfilter.nf_conntrack_udp_timeout': line.forgetsAfter, 'net.netfilter.nf_conntrack_udp_timeout_stream': line.forgetsAfter,
    } : {}) });
    const outside = line.carrier ? await this.behindCarrier(line, site, router) : await this.uplink(line, site, router);
    const inside = line.nat === 'none' ? `11.1.${site}` : '192.168.1';
    await router.ip('link add lan type bridge', 'link set lan up',
      ...(families.includes('v4') ? [`addr add ${inside}.1/24 dev lan`] : []),
      ...(families.includes('v6') ? [`addr add 2a11:${site}:1::1/64 dev lan`] : []));
    if (line.nat === 'none') await this.internet.ip(`route add ${inside}.0/24 via 11.0.${site}.2`);
    if (families.includes('v6')) await this.internet.ip(`route add 2a11:${site}:1::/64 via 2a11:${site}::2`);
    await router.filter(routerRules(line, outside));
    if (line.proxy) {
      const proxy: Services = { proxy: { port: kProxyPort, name: host, address: serverAddress.v4 } };
      await Daemon.start(router, servicesCommand(proxy), /ready/);
    }
    return { line, router, site, gateway: { v4: `${inside}.1`, v6: `2a11:${site}:1::1` } };
  }

  /** Makes another way to the internet for a router. What is returned changes over to it, and tells when the old one went. */
  async spare({ line, router }: Junction): Promise<() => Promise<number>> {
    const site = this.sites += 1;
    await this.cable(line, site, router, 'spare');
    return async () => {
      const goneAt = Date.now();
      await router.ip('link del wan', 'link set spare down', 'link set spare name wan', 'link set wan up', `route add default via 11.0.${site}.1`);
      return goneAt;
    };
  }

  /** Takes a home off its network and onto another one, as a phone that leaves the WiFi: other device, other addresses. Returns when the old one went. */
  async move(home: Home, to: Junction): Promise<number> {
    const from = home.device;
    home.junction = to;
    home.device = `eth${this.moves += 1}`;
    const goneAt = Date.now();
    await home.space.ip(`link del ${from}`);
    await attach(home.space, to, 200 + this.moves % 50, home.device);
    return goneAt;
  }

  get names(): string[] { return this.spaces.map(({ name }) => name); }

  /** Gone, with everything that runs in it. */
  end(): void {
    for (const space of this.spaces) space.remove();
    discardFolder(this.folder);
  }

  private async space(role: string): Promise<Space> {
    const space = await Space.make(role);
    this.spaces.push(space);
    return space;
  }

  /** The router's way to the internet; returns its address there. */
  private async uplink(line: Line, site: number, router: Space): Promise<string> {
    const v6 = line.families?.includes('v6') ?? false;
    await this.cable(line, site, router, 'wan');
    await router.ip(`route add default via 11.0.${site}.1`, ...(v6 ? [`route add default via 2a11:${site}::1`] : []));
    return `11.0.${site}.2`;
  }

  private async cable(line: Line, site: number, router: Space, device: string): Promise<void> {
    const outer = `w${site}`;
    await (line.roundTrip ? layLong : lay)(this.internet, outer, router, device, line.roundTrip ?? 0);
    const mtu = line.mtu ? ` mtu ${line.mtu}` : '';
    const v6 = line.families?.includes('v6') ?? false;
    await this.internet.ip(`addr add 11.0.${site}.1/24 dev ${outer}`, `addr add 2a11:${site}::1/64 dev ${outer}`, `link set ${outer} up${mtu}`);
    await router.ip(`addr add 11.0.${site}.2/24 dev ${device}`, ...(v6 ? [`addr add 2a11:${site}::2/64 dev ${device}`] : []), `link set ${device} up${mtu}`);
    if (line.loss) await this.internet.filter(lossRules(outer, line.loss));
  }

  private async behindCarrier(line: Line, site: number, router: Space): Promise<string> {
    const carrier = await this.space('carrier');
    await carrier.set(kForwarding);
    const address = await this.uplink(line, site, carrier);
    await lay(carrier, 'lan', router, 'wan');
    await carrier.ip(`addr add 100.64.${site}.1/24 dev lan`, 'link set lan up');
    await router.ip(`addr add 100.64.${site}.2/24 dev wan`, 'link set wan up', `route add default via 100.64.${site}.1`);
    await carrier.filter(routerRules({ name: line.name, nat: line.carrier ?? 'none' }, address));
    return `100.64.${site}.2`;
  }

  private async home(junction: Junction, number: number): Promise<Home> {
    const { line, gateway } = junction;
    const space = await this.space('home');
    const device = 'eth0';
    await attach(space, junction, number, device);
    await quiet(space);
    space.resolveAt('127.0.0.1');
    const folder = join(this.folder, String(number));
    mkdirSync(folder);
    const socket = join(folder, 'debugging');
    const services = await Daemon.start(space, servicesCommand({
      // Who is behind a proxy knows no names of the world outside.
      dns: { name: line.proxy ? 'nowhere' : host, ...serverAddress, ...losses(line) },
      bridge: { path: socket, port: kDebuggingPort },
    }), /ready/);
    return { space, device, junction, line, services, folder, socket, proxy: line.proxy ? `${gateway.v4}:${kProxyPort}` : undefined };
  }
}

async function attach(space: Space, { line, router, gateway }: Junction, number: number, device: string): Promise<void> {
  const families = line.families ?? ['v4'];
  await lay(router, `lan${number}`, space, device);
  await router.ip(`link set lan${number} master lan up`, ...(line.isolates ? [`link set lan${number} type bridge_slave isolated on`] : []));
  const addresses = { v4: gateway.v4.replace(/1$/, String(number)), v6: gateway.v6.replace(/1$/, String(number)) };
  await space.ip(...families.flatMap((family) => [
    `addr add ${addresses[family]}/${family === 'v4' ? 24 : 64} dev ${device}${family === 'v6' ? ' nodad' : ''}`]), `link set ${device} up`,
    ...families.map((family) => `route add default via ${gateway[family]}`));
}

const kForwarding = { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 };

const losses = ({ resolver }: Line): Pick<NonNullable<Services['dns']>, 'loses'> =>
  resolver === 'no answer for IPv6' ? { loses: 'IPv6' } : resolver === 'every other query lost' ? { loses: 'every other' } : {};

const servicesCommand = (services: Services): string[] => [process.execPath, join(here, 'services.ts'), JSON.stringify(services)];

const lossRules = (device: string, percent: number): string => `table inet losses {
  chain forward {
    type filter hook forward priority -10;
    iifname ${device} numgen random mod 100 < ${percent} drop
    oifname ${device} numgen random mod 100 < ${percent} drop
  }
}`;

/** Hosts that say nothing of what they do not want, as firewalls would have it. */
async function quiet(space: Space): Promise<void> {
  await space.filter(`table inet quiet {\n${silentOutput}\n}`);
}

async function lay(a: Space, deviceA: string, b: Space, deviceB: string): Promise<void> {
  await run('ip', ['link', 'add', deviceA, 'netns', a.name, 'type', 'veth', 'peer', 'name', deviceB, 'netns', b.name]);
}

let built: Promise<void> | undefined;

async function layLong(a: Space, deviceA: string, b: Space, deviceB: string, roundTrip: number): Promise<void> {
  await (built ??= build());
  await Daemon.start(a, [cable, a.name, deviceA, b.name, deviceB, String(roundTrip / 2)], /ready/);
}

async function build(): Promise<void> {
  const source = join(here, 'long_cable.cpp');
  if (existsSync(cable) && statSync(cable).mtimeMs > statSync(source).mtimeMs) return;
  mkdirSync(join(cable, '..'), { recursive: true });
  await run('c++', ['-std=c++20', '-O2', '-Wall', '-Wextra', '-Werror', '-o', `${cable}.${process.pid}`, source]);
  renameSync(`${cable}.${process.pid}`, cable);
}
