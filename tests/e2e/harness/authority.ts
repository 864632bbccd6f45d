// A certificate authority that the browsers of these tests trust, as they would trust a public one, and a certificate of
// its for loopback. Made once a machine, in build/e2e.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../../build/e2e/authority');
const inFolder = (name: string): string => join(folder, name);

export const certificate = inFolder('server.pem');
export const key = inFolder('server.key');

function openssl(...args: string[]): void { execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] }); }

function issue(): void {
  if (existsSync(folder)) return;
  const made = mkdtempSync(join(import.meta.dirname, '../../../build/authority-'));
  const file = (name: string): string => join(made, name);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', file('authority.key'), '-out', file('authority.pem'), '-days', '3650', '-subj', '/CN=plntry tests',
    '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign');
  openssl('req', ...newKey, '-keyout', file('server.key'), '-out', file('server.csr'), '-subj', '/CN=localhost');
  writeFileSync(file('extensions'), 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\nextendedKeyUsage=serverAuth\n');
  openssl('x509', '-req', '-in', file('server.csr'), '-CA', file('authority.pem'), '-CAkey', file('authority.key'), '-days', '365',
    '-extfile', file('extensions'), '-out', file('server.pem'));
  mkdirSync(join(folder, '..'), { recursive: true });
  renameSync(made, folder);
}

/** Makes `database`, a folder, into a NSS database that trusts the authority. */
function trustIn(database: string): void {
  issue();
  mkdirSync(database, { recursive: true });
  execFileSync('certutil', ['-N', '--empty-password', '-d', `sql:${database}`]);
  execFileSync('certutil', ['-A', '-n', 'plntry tests', '-t', 'C,,', '-i', inFolder('authority.pem'), '-d', `sql:${database}`]);
}

/** A home folder in which Chromium finds the authority. */
export function trustingHome(): string {
  const home = inFolder('home');
  issue();
  if (!existsSync(home)) trustIn(join(home, '.pki/nssdb'));
  return home;
}

/** A new profile in which Firefox finds it. */
export function trustingProfile(): string {
  issue();
  const profile = mkdtempSync(inFolder('firefox-'));
  trustIn(profile);
  return profile;
}
