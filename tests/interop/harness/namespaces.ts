// Two machines and a cable between them: network namespaces of this machine, which need root.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../../e2e/harness/until.ts';

const ip = (...args: string[]): void => { execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] }); };

/** Addresses that no relay takes for private; nothing beyond the cable has them. */
export const kServer = '11.7.0.1';
export const kClient = '11.7.0.2';

let made = 0;

export class Machines {
  readonly server: string;
  readonly client: string;
  private readonly children = new Set<ChildProcess>();

  constructor() {
    made += 1;
    const name = `plntry${process.pid}-${made}`;
    this.server = `${name}s`;
    this.client = `${name}c`;
    for (const each of [this.server, this.client]) {
      ip('netns', 'add', each);
      ip('-n', each, 'link', 'set', 'lo', 'up');
    }
    ip('-n', this.server, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', this.client);
    for (const [each, own, other] of [[this.server, kServer, kClient], [this.client, kClient, kServer]] as const) {
      ip('-n', each, 'address', 'add', `${own}/24`, 'dev', 'wire');
      ip('-n', each, 'link', 'set', 'wire', 'up');
      ip('-n', each, 'route', 'add', 'default', 'via', other);
    }
  }

  /** Drops what comes to the server by the cable and matches `rule`. */
  drop(rule: string): void {
    const table = `table inet wall { chain in { type filter hook input priority 0; iifname "wire" ${rule} drop; }; }`;
    execFileSync('ip', ['netns', 'exec', this.server, 'nft', '-f', '-'], { input: table, stdio: ['pipe', 'ignore', 'pipe'] });
  }

  /** A program on the server that says `ready` when it is. */
  async start(program: string, args: string[], ready: string): Promise<void> {
    const child = spawn('ip', ['netns', 'exec', this.server, program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.children.add(child);
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { log += text; });
    await until(`${program} is ready`, () => {
      if (child.exitCode !== null) throw new Error(`it ended:\n${log}`);
      return log.includes(ready);
    });
  }

  /** A command on the client's machine. */
  command(program: string, args: string[]): [string, string[]] { return ['ip', ['netns', 'exec', this.client, program, ...args]]; }

  async remove(): Promise<void> {
    for (const child of this.children) {
      if (child.exitCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    for (const each of [this.server, this.client]) ip('netns', 'delete', each);
  }
}
