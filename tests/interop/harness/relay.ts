// The release binary as a TURN server for clients that we did not write, over both families of the loopback.
import { Server, freePort } from '../../e2e/harness/server.ts';

export const kUser = 'alice';
export const kPassword = 'correct-horse';
export const kPublicV4 = '8.8.8.8';
export const kPublicV6 = '2001:4860:4860::8888';

export class Relay {
  readonly server: Server;
  readonly port: number;
  readonly portV6: number;

  private constructor(server: Server, portV6: number) {
    this.server = server;
    this.port = server.port;
    this.portV6 = portV6;
  }

  /**
   * Allows loopback peers; or refuses them as it does when nothing is said, and then stands behind a 1:1 NAT as it were,
   * so that the loopback is not its own public address.
   */
  static async start(peers: 'loopback' | 'default', options: string[] = []): Promise<Relay> {
    const portV6 = await freePort('::1');
    const place = peers === 'loopback'
      ? ['--public-address', '127.0.0.1', '--public-address', '::1', '--relay-allow', '127.0.0.0/8', '--relay-allow', '::1/128']
      : ['--public-address', kPublicV4, '--public-address', kPublicV6];
    const server = await Server.start([
      '--listen', `[::1]:${portV6}`, '--threads', '2', '--tls', 'self-signed', '--relay-user', `${kUser}:${kPassword}`, ...place,
      ...options,
    ]);
    return new Relay(server, portV6);
  }

  /** Allocations, and packets relayed toward peers and toward clients. */
  async figures(): Promise<{ allocations: number; toPeer: number; toClient: number }> {
    const text = await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
    const value = (sample: string): number => {
      const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
      if (!line) throw new Error(`no ${sample} in:\n${text}`);
      return Number(line.slice(sample.length));
    };
    return {
      allocations: value('plntry_relay_allocations'),
      toPeer: value('plntry_relay_packets_total{direction="to_peer"}'),
      toClient: value('plntry_relay_packets_total{direction="to_client"}'),
    };
  }

  stop(): Promise<void> { return this.server.stop(); }
}
