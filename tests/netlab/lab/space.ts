// Network namespaces. Their names carry the process that made them, so that runs beside each other do not meet, and so that
// what a killed run left behind is known for what it is. Whatever a run makes is gone when it ends, however it ends.
import { type ChildProcess, type SpawnOptions, execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';

const kPrefix = 'plntry-lab-';
const kNames = '/run/netns';
const kFiles = '/etc/netns';  // `ip netns exec` lays NAME/resolv.conf over /etc/resolv.conf

const mine = new Set<string>();
const folders = new Set<string>();
let made = 0;

/** A folder that is gone when the run ends, at the latest. */
export function temporary(path: string): string {
  folders.add(path);
  return path;
}

export function discardFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  folders.delete(path);
}

/** Runs a program to its end, with `input`; its complaint is in the error. */
export async function run(command: string, args: readonly string[], input = ''): Promise<string> {
  const running = promisify(execFile)(command, args, { maxBuffer: 16 << 20 });
  running.child.stdin?.on('error', () => undefined).end(input);
  return (await running).stdout;
}

export class Space {
  readonly name: string;

  private constructor(name: string) { this.name = name; }

  /** Empty but for its loopback. No IPv6 address waits to be checked for duplicates: Chromium would see networks change. */
  static async make(role: string): Promise<Space> {
    sweep();
    const space = new Space(`${kPrefix}${process.pid}-${made += 1}-${role}`);
    mine.add(space.name);
    await run('ip', ['netns', 'add', space.name]);
    await space.set({ 'net.ipv6.conf.all.accept_dad': 0, 'net.ipv6.conf.default.accept_dad': 0, 'net.ipv6.conf.default.accept_ra': 0 });
    await space.ip('link set lo up');
    return space;
  }

  /** Lines of arguments for `ip`. */
  async ip(...lines: string[]): Promise<void> {
    await run('ip', ['-n', this.name, '-batch', '-'], lines.join('\n') + '\n');
  }

  async set(values: Readonly<Record<string, string | number>>): Promise<void> {
    await this.run('sysctl', '-q', '-w', ...Object.entries(values).map(([key, value]) => `${key}=${value}`));
  }

  /** Rules of nftables. */
  async filter(rules: string): Promise<void> {
    await run('ip', ['netns', 'exec', this.name, 'nft', '-f', '-'], rules);
  }

  resolveAt(address: string): void {
    mkdirSync(`${kFiles}/${this.name}`, { recursive: true });
    writeFileSync(`${kFiles}/${this.name}/resolv.conf`, `nameserver ${address}\noptions timeout:2 attempts:2\n`);
  }

  run(command: string, ...args: string[]): Promise<string> {
    return run('ip', this.inside(command, ...args));
  }

  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return spawn('ip', this.inside(command, ...args), options);
  }

  /** The arguments with which `ip` runs a command in here; it becomes that command, with the same process id. */
  inside(command: string, ...args: string[]): string[] { return ['netns', 'exec', this.name, command, ...args]; }

  /** Sends a signal to whatever runs in here with a command like `command`. */
  signal(command: RegExp, signal: NodeJS.Signals): void {
    for (const pid of execFileSync('ip', ['netns', 'pids', this.name], { encoding: 'utf8' }).split('\n').filter(Boolean)) {
      try {
        if (command.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) process.kill(Number(pid), signal);
      } catch { /* it has ended meanwhile */ }
    }
  }

  remove(): void {
    discard(this.name);
    mine.delete(this.name);
  }
}

/** Ends every process in a namespace, and removes it. Its ends of cables take the others with them. */
function discard(name: string): void {
  const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
  } catch { /* it has ended by itself */ }
  try { ip('netns', 'del', name); } catch { /* it was never made */ }
  rmSync(`${kFiles}/${name}`, { recursive: true, force: true });
}

let swept = false;

/** Removes what runs left behind that were killed, once. */
function sweep(): void {
  if (swept) return;
  swept = true;
  for (const name of existsSync(kNames) ? readdirSync(kNames) : []) {
    const pid = name.startsWith(kPrefix) ? /^\d+/.exec(name.slice(kPrefix.length))?.[0] : undefined;
    if (pid && !isLab(pid)) discard(name);
  }
  process.on('exit', () => {
    for (const name of mine) discard(name);
    for (const path of folders) discardFolder(path);
  });
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) process.on(signal, () => process.exit(code));
}

/** Whether this process is there and may be one of ours: another program may have got its number meanwhile. */
function isLab(pid: string): boolean {
  try { return basename(readlinkSync(`/proc/${pid}/exe`)) === 'node'; } catch { return false; }
}

/** Namespaces are made by root alone. */
export const mayMakeSpaces = process.getuid?.() === 0;
