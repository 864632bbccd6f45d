// The release binary as a child process on a port of its own, which it keeps across restarts.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from './until.ts';

export const binary = process.env.PLNTRY_BINARY ?? join(import.meta.dirname, '../../../build/release/plntry');

const running = new Set<ChildProcess>();
process.on('exit', () => { for (const child of running) child.kill('SIGKILL'); });

export async function freePort(host = '127.0.0.1'): Promise<number> {
  const listener = createServer().listen(0, host);
  await once(listener, 'listening');
  const address = listener.address();
  listener.close();
  await once(listener, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export class Server {
  readonly port: number;
  /** Of the page: https if the options turn TLS on. */
  readonly origin: string;
  /** Everything that the program wrote, over all its lives. */
  log = '';
  /** The same port without TLS, for what is asked from here. */
  private readonly plainOrigin: string;
  private readonly arguments: readonly string[];
  private readonly environment: Readonly<Record<string, string>>;
  private process: ChildProcess | undefined;

  private constructor(port: number, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.port = port;
    this.plainOrigin = `http://127.0.0.1:${port}`;
    this.origin = args.some((argument) => argument.startsWith('--tls')) ? `https://127.0.0.1:${port}` : this.plainOrigin;
    this.arguments = args;
    this.environment = environment;
  }

  static async start(
    options: string[] | ((port: number) => string[]) = [], environment: Readonly<Record<string, string>> = {},
  ): Promise<Server> {
    const port = await freePort();
    const more = typeof options === 'function' ? options(port) : options;
    return Server.up(new Server(port, ['serve', '--listen', `127.0.0.1:${port}`, ...more], environment));
  }

  /** As a platform starts it: told everything by the environment, its port too. */
  static async startOnPlatform(environment: Readonly<Record<string, string>>): Promise<Server> {
    const port = await freePort();
    return Server.up(new Server(port, [], { ...environment, PORT: String(port) }));
  }

  private static async up(server: Server): Promise<Server> {
    if (!existsSync(binary)) throw new Error(`${binary} does not exist: build it with tools/build release plntry`);
    await server.startAgain();
    return server;
  }

  async startAgain(): Promise<void> {
    const child = spawn(binary, this.arguments, {
      stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...this.environment },
    });
    running.add(child);
    this.process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => { this.log += text; });
    }
    child.once('exit', (code, signal) => {
      running.delete(child);
      this.log += `[the server ended: ${signal ?? `code ${code}`}]\n`;
    });
    await until('the server is ready', async () => {
      if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode} at start:\n${this.log}`);
      return (await fetch(`${this.plainOrigin}/readyz`)).ok;
    });
  }

  /** kill -9: nobody is told. */
  async crash(): Promise<void> {
    await this.signal('SIGKILL');
  }

  /** SIGTERM: sessions are told to come back. Ends with code 0, or this throws. */
  async drain(): Promise<void> {
    const code = await this.signal('SIGTERM');
    if (code !== 0) throw new Error(`the server ended with code ${code} after SIGTERM:\n${this.log}`);
  }

  /** SIGHUP: it takes a certificate anew, and ends nothing. */
  async renewCertificate(): Promise<void> {
    const certificates = (): number => this.log.split(' certificate sha256=').length - 1;
    const before = certificates();
    this.process?.kill('SIGHUP');
    await until('the server has another certificate', () => certificates() > before);
  }

  /** The value of a metric, summed over its labels but for those that are given. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const text = await (await fetch(`${this.plainOrigin}/metrics`)).text();
    const samples = [...text.matchAll(/^([a-z_]+)(\{.*\})? ([-+.e\d]+)$/gm)].filter(([, sample, given = '']) =>
      sample === name && Object.entries(labels).every(([label, value]) => given.includes(`${label}="${value}"`)));
    if (samples.length === 0) throw new Error(`no metric ${name} in:\n${text}`);
    return samples.reduce((sum, [, , , value]) => sum + Number(value), 0);
  }

  get pid(): number { return this.process?.pid ?? 0; }

  get isRunning(): boolean { return this.process?.exitCode === null && this.process.signalCode === null; }

  /** SIGTERM, and whatever comes of it. */
  terminate(): void { this.process?.kill('SIGTERM'); }

  /** Waits for the end, and returns the exit code, or null if there is none. */
  async ended(): Promise<number | null> {
    if (this.process && this.isRunning) await once(this.process, 'exit', { signal: AbortSignal.timeout(30_000) });
    return this.process?.exitCode ?? null;
  }

  async stop(): Promise<void> {
    if (this.isRunning) await this.drain();
  }

  private async signal(name: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    if (!this.isRunning) return null;
    const ended = this.ended();
    this.process?.kill(name);
    return ended;
  }
}
