// A client that somebody else wrote, as a child process, bounded in time.
import { spawn } from 'node:child_process';

export interface Outcome {
  code: number | null;
  /** What it wrote to both of its outputs. */
  text: string;
}

interface Options {
  timeoutMs?: number;
  env?: Record<string, string>;
  cwd?: string;
}

/** Without the variable that tells tests where the program is: to the program it is an option mistyped, of which it warns. */
const { PLNTRY_BINARY: _, ...inherited } = process.env;

export function run(program: string, args: string[], { timeoutMs = 60_000, env = {}, cwd }: Options = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...inherited, ...env }, ...(cwd ? { cwd } : {}) });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (more: string) => { text += more; });
    const timer = setTimeout(() => { child.kill('SIGKILL'); text += `\n[killed after ${timeoutMs / 1000} s]\n`; }, timeoutMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, text });
    });
  });
}

/** What a client of ours printed as its last line of JSON. */
export function report(outcome: Outcome): Record<string, unknown> {
  const line = outcome.text.split('\n').findLast((each) => each.startsWith('{'));
  if (outcome.code !== 0 || !line) throw new Error(`it ended with code ${outcome.code}:\n${outcome.text}`);
  return JSON.parse(line) as Record<string, unknown>;
}
