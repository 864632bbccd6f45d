// A program that runs for as long as its world does, and says when it is ready.
import type { ChildProcess } from 'node:child_process';
import type { Space } from './space.ts';

const kPatienceMs = 60_000;

export class Daemon {
  readonly child: ChildProcess;
  /** Everything that it wrote. */
  log = '';

  private constructor(child: ChildProcess) { this.child = child; }

  /** Resolves once it has written something that matches `ready`. */
  static async start(space: Space, command: readonly string[], ready: RegExp, environment: Readonly<Record<string, string>> = {}): Promise<Daemon> {
    const [program = '', ...args] = command;
    const child = space.spawn(program, args, { stdio: 'pipe', env: { ...process.env, ...environment } });
    const daemon = new Daemon(child);
    child.stdin?.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      const giveUp = (why: string): void => reject(new Error(`${program} ${why}:\n${daemon.log}`));
      const timer = setTimeout(giveUp, kPatienceMs, `was not ready after ${kPatienceMs / 1000} s`);
      child.once('exit', (code, signal) => { clearTimeout(timer); giveUp(`ended with ${signal ?? code}`); });
      child.once('error', (error) => { clearTimeout(timer); giveUp(String(error)); });
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          daemon.log += text;
          if (!ready.test(daemon.log)) return;
          clearTimeout(timer);
          resolve();
        });
      }
    });
    return daemon;
  }

  tell(line: string): void { this.child.stdin?.write(`${line}\n`); }

  end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): void { this.child.kill(signal); }
}
