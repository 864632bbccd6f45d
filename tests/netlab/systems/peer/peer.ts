// What most people build today: PeerJS' server for the signalling, its client on the page, and Debian's coturn on its own
// ports for the relay, with a certificate.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { certificateFor } from '../../../e2e/harness/authority.ts';
import { Daemon } from '../../lab/daemon.ts';
import type { System } from '../../lab/system.ts';
import { host } from '../../lab/world.ts';

const packages = join(import.meta.dirname, '../../../../bench');

export const peer: System = {
  name: 'peer and coturn',
  patienceMs: 30_000,  // people hang up after half of it
  serve: async ({ server }) => {
    if (!existsSync(join(packages, 'node_modules/peer'))) throw new Error('peer is not here: bench/install-packages');
    const { certificate, key } = certificateFor(host);
    const relay = await Daemon.start(server, ['/usr/bin/turnserver', '-n', '--no-cli', '--log-file', 'stdout', '--lt-cred-mech',
      '--realm', host, '--user', 'lab:lab', '--cert', certificate, '--pkey', key, '--fingerprint', '--pidfile', '/dev/null'], /SQLite DB connection success/);
    const signalling = await Daemon.start(server,
      [process.execPath, join(import.meta.dirname, 'server.mjs'), packages, certificate, key], /ready/);
    return () => `${signalling.log}\n${relay.log.slice(-4_000)}`;
  },
  wait: async (anna) => {
    await anna.visit(`https://${host}/?me=anna&other=ben`);
    await anna.sees('Call');
  },
  arrive: async (ben) => {
    await ben.visit(`https://${host}/?me=ben&other=anna`);
    await ben.sees('Call');
  },
  join: (ben) => ben.press('Call'),
};
