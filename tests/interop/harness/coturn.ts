// Debian's coturn as it comes, on the loopback: nothing is set but where it listens and who may use it.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../e2e/harness/server.ts';
import { until } from '../../e2e/harness/until.ts';
import { kPassword, kUser } from './relay.ts';

export class Coturn {
  readonly port: number;
  private readonly child: ChildProcess;
  private readonly folder: string;
  private log = '';

  private constructor(port: number) {
    this.port = port;
    this.folder = mkdtempSync(join(tmpdir(), 'plntry-coturn-'));
    this.child = spawn('turnserver', [
      '-n', '--listening-ip', '127.0.0.1', '--listening-port', String(port), '--relay-ip', '127.0.0.1', '--relay-ip', '::1',
      '--lt-cred-mech', '--user', `${kUser}:${kPassword}`, '--realm', 'example.org', '--no-cli', '--no-tls', '--no-dtls',
      '--userdb', join(this.folder, 'db'), '--pidfile', join(this.folder, 'pid'), '--log-file', 'stdout',
    ], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => { this.log += text; });
  }

  static async start(): Promise<Coturn> {
    const coturn = new Coturn(await freePort());
    await until('coturn is ready', async () => {
      if (coturn.child.exitCode !== null) throw new Error(`coturn ended:\n${coturn.log}`);
      const socket = connect(coturn.port, '127.0.0.1');
      const [answered] = await Promise.race([once(socket, 'connect').then(() => [true]), once(socket, 'error').then(() => [false])]);
      socket.destroy();
      return answered;
    });
    return coturn;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true });
  }
}
