// A certificate authority that the browsers of these tests trust, as they would trust a public one, and certificates of
// its. Made once a machine, in build/e2e.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const build = join(import.meta.dirname, '../../../build');
const folder = join(build, 'e2e/authority');
const inFolder = (name: string): string => join(folder, name);

/** Of the certificate for loopback. */
export const certificate = inFolder('server.pem');
export const key = inFolder('server.key');

function openssl(...args: string[]): void { execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] }); }

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** `names` as in subjectAltName. Leaves STEM.pem and STEM.key in `made`, signed by the authority in `authority`. */
function sign(authority: string, made: string, stem: string, names: readonly string[]): void {
  const file = (ending: string): string => join(made, `${stem}.${ending}`);
  openssl('req', ...newKey, '-keyout', file('key'), '-out', file('csr'), '-subj', `/CN=${stem}`);
  writeFileSync(file('extensions'), `subjectAltName=${names.join(',')}\nextendedKeyUsage=serverAuth\n`);
  openssl('x509', '-req', '-in', file('csr'), '-CA', join(authority, 'authority.pem'), '-CAkey', join(authority, 'authority.key'),
    '-days', '365', '-extfile', file('extensions'), '-out', file('pem'));
}

function issue(): void {
  if (existsSync(folder)) return;
  const made = mkdtempSync(join(build, 'authority-'));
  openssl('req', '-x509', ...newKey, '-keyout', join(made, 'authority.key'), '-out', join(made, 'authority.pem'), '-days', '3650',
    '-subj', '/CN=plntry tests', '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign');
  sign(made, made, 'server', ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1']);
  mkdirSync(join(folder, '..'), { recursive: true });
  renameSync(made, folder);
}

/** A certificate for `host`, a name. */
export function certificateFor(host: string): { certificate: string; key: string } {
  issue();
  const place = inFolder(host);
  if (!existsSync(place)) {
    const made = mkdtempSync(join(build, 'certificate-'));
    sign(folder, made, host, [`DNS:${host}`]);
    renameSync(made, place);
  }
  return { certificate: join(place, `${host}.pem`), key: join(place, `${host}.key`) };
}

/** Makes `database`, a folder, into a NSS database that trusts the authority. */
export function trustIn(database: string): void {
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
