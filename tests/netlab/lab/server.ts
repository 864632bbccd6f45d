// What stands in the middle: the release binary as it is deployed, with a certificate, on 443 and on its ordinary port.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { certificateFor } from '../../e2e/harness/authority.ts';
import { Daemon } from './daemon.ts';
import { type World, host } from './world.ts';

const binary = process.env.PLNTRY_BINARY ?? join(import.meta.dirname, '../../../build/release/plntry');

export function serve(world: World): Promise<Daemon> {
  if (!existsSync(binary)) throw new Error(`${binary} does not exist: build it with tools/build release plntry`);
  const { certificate, key } = certificateFor(host);
  return Daemon.start(world.server, [binary, 'serve', '--listen', '[::]:443', '--listen', '[::]:8080', '--tls-cert', certificate, '--tls-key', key],
    /plntry is running/);
}
