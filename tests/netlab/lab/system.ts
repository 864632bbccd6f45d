// What stands in the server's place, and how its users make a call with it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { certificateFor } from '../../e2e/harness/authority.ts';
import type { CallPage } from '../../e2e/harness/call_page.ts';
import { Daemon } from './daemon.ts';
import { type World, host } from './world.ts';

export interface System {
  name: string;
  /** How long a call is waited for, once it has begun. */
  patienceMs: number;
  /** Starts everything in the server's namespace; returns what tells its log so far. */
  serve(world: World): Promise<() => string>;
  /** Anna waits for Ben. */
  wait(anna: CallPage): Promise<void>;
  /** Ben's page is there, and he needs one more click. */
  arrive(ben: CallPage, anna: CallPage): Promise<void>;
  join(ben: CallPage): Promise<void>;
}

export const binary = process.env.PLNTRY_BINARY ?? join(import.meta.dirname, '../../../build/release/plntry');

/** The release binary as it is deployed: with a certificate, on 443 and on its ordinary port. */
export const plntryWith = (...options: readonly string[]): System => ({
  name: 'plntry',
  patienceMs: 60_000,
  serve: async ({ server }) => {
    if (!existsSync(binary)) throw new Error(`${binary} does not exist: build it with tools/build release plntry`);
    const { certificate, key } = certificateFor(host);
    const serve = [binary, 'serve', '--listen', '[::]:443', '--listen', '[::]:8080', '--tls-cert', certificate, '--tls-key', key, ...options];
    const program = await Daemon.start(server, serve, /plntry is running/);
    return () => program.log;
  },
  wait: (anna) => anna.start(`https://${host}`),
  arrive: async (ben, anna) => {
    await ben.visit(anna.link);
    await ben.reach('lobby');
  },
  join: (ben) => ben.join(),
});

export const plntry = plntryWith();
