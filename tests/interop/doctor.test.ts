// `plntry doctor` names what is wrong, and only that: each fault is made for real.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server as TcpServer, connect, createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Server, freePort } from '../e2e/harness/server.ts';
import { Machines, kServer } from './harness/namespaces.ts';
import { run } from './harness/program.ts';

const binary = process.env.PLNTRY_BINARY ?? join(import.meta.dirname, '../../build/release/plntry');
const loopback = ['--public-address', '127.0.0.1', '--relay-allow', '127.0.0.0/8'];

interface Check { check: string; grade: string; text: string; remedy?: string }
interface Report { checks: Check[]; failed: string[]; find(check: string): Check }

let folder: string;
before(() => { folder = mkdtempSync(join(tmpdir(), 'plntry-doctor-')); });
after(() => { rmSync(folder, { recursive: true }); });
const file = (name: string): string => join(folder, name);

/** What it says, which its exit code must agree with. */
async function examine(args: string[], at: (program: string, args: string[]) => [string, string[]] = (...command) => command): Promise<Report> {
  const [program, all] = at(binary, ['doctor', ...args, '--json']);
  const { code, text } = await run(program, all, { timeoutMs: 90_000, env: { SSL_CERT_FILE: file('authority.pem') } });
  assert.ok(text.startsWith('{'), text);
  const { version, ok, checks } = JSON.parse(text) as { version: number; ok: boolean; checks: Check[] };
  assert.equal(version, 1);
  const failed = checks.filter(({ grade }) => grade === 'failed');
  for (const each of failed) assert.ok(each.remedy, `${each.check} failed, and nothing is said to do about it`);
  assert.equal(ok, failed.length === 0);
  assert.equal(code, ok ? 0 : 1, text);
  return {
    checks,
    failed: failed.map(({ check }) => check),
    find: (name) => checks.find(({ check }) => check === name) ?? assert.fail(`no ${name} in ${text}`),
  };
}

/** An authority that the doctor is told to trust, once, and a certificate of its. */
function certify(name: string, names: string, days: number): string[] {
  const openssl = (...args: string[]): void => { execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] }); };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', file('authority.key'), '-out', file('authority.pem'), '-days', '2', '-subj', '/CN=doctor tests',
    '-addext', 'basicConstraints=critical,CA:TRUE');
  openssl('req', ...newKey, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`), '-subj', '/CN=x');
  writeFileSync(file('extensions'), `subjectAltName=${names}\n`);
  openssl('x509', '-req', '-in', file(`${name}.csr`), '-CA', file('authority.pem'), '-CAkey', file('authority.key'), '-days', String(days),
    '-extfile', file('extensions'), '-out', file(`${name}.pem`));
  return ['--tls-cert', file(`${name}.pem`), '--tls-key', file(`${name}.key`)];
}

/** Ends with the test run, however its test ends. */
async function portOf(listener: TcpServer): Promise<number> {
  listener.unref();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  assert.ok(address && typeof address === 'object');
  return address.port;
}

const running: Server[] = [];
async function serve(...how: Parameters<typeof Server.start>): Promise<Server> {
  const server = await Server.start(...how);
  running.push(server);
  return server;
}
afterEach(async () => { await Promise.all(running.splice(0).map((server) => server.stop())); });

test('a server that is well passes, over UDP, TCP, TLS and DTLS', { timeout: 120_000 }, async () => {
  const server = await serve([...certify('good', 'IP:127.0.0.1', 90), ...loopback]);
  const report = await examine([server.origin]);
  assert.deepEqual(report.failed, []);
  for (const check of ['port', 'certificate', 'server', 'clock', 'signalling', 'public-address', 'relay-udp', 'relay-tcp', 'relay-tls', 'relay-dtls']) {
    assert.equal(report.find(check).grade, 'passed', check);
  }
  assert.equal(report.find('relay-ports').grade, 'skipped', 'from the same machine nobody can tell');
  assert.equal(await server.metric('plntry_relay_allocations'), 0, 'it has released what it allocated');
});

test('nobody listens', { timeout: 60_000 }, async () => {
  assert.deepEqual((await examine([`http://127.0.0.1:${await freePort()}`])).failed, ['port']);
});

test('what answers is no plntry', { timeout: 60_000 }, async () => {
  const other = createServer((socket) => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'));
  assert.deepEqual((await examine([`http://127.0.0.1:${await portOf(other)}`])).failed, ['server']);
  other.close();
});

test('an expired certificate', { timeout: 120_000 }, async () => {
  const server = await serve([...certify('old', 'IP:127.0.0.1', -1), ...loopback]);
  const report = await examine([server.origin]);
  assert.deepEqual(report.failed, ['certificate', 'relay-tls']);
  assert.match(report.find('certificate').text, /expired/);
  assert.match(report.find('certificate').remedy ?? '', /[Rr]enew/);
});

test('a certificate for another name', { timeout: 120_000 }, async () => {
  const server = await serve([...certify('other', 'DNS:call.example.org', 90), ...loopback]);
  const report = await examine([server.origin]);
  assert.deepEqual(report.failed, ['certificate', 'relay-tls']);
  assert.match(report.find('certificate').text, /call\.example\.org, not for 127\.0\.0\.1/);
});

test('a self-signed certificate', { timeout: 120_000 }, async () => {
  const server = await serve(['--tls', 'self-signed', ...loopback]);
  const report = await examine([server.origin]);
  assert.match(report.find('certificate').text, /self-signed/);
  assert.ok(report.failed.includes('certificate'));
});

// The service stands at another address, as services do.
test('a wrong secret in --ice-server, from outside and from inside', { timeout: 120_000 }, async () => {
  const rented = await serve((port) => ['--listen', `127.0.0.2:${port}`, '--relay-secret', 'the secret of the service', ...loopback]);
  const service = (secret: string): string => JSON.stringify({ urls: [`turn:127.0.0.2:${rented.port}`], secret });
  const wrong = await serve(['--relay', 'off', '--ice-server', service('another secret')]);
  const outside = await examine([wrong.origin]);
  assert.deepEqual(outside.failed, ['service-relay-udp']);
  assert.match(outside.find('service-relay-udp').text, /401/);
  assert.match(outside.find('service-relay-udp').remedy ?? '', /--ice-server.*static-auth-secret/);

  const inside = ['--listen', `127.0.0.1:${wrong.port}`, '--relay', 'off', '--ice-server'];
  assert.deepEqual((await examine([...inside, service('another secret')])).failed, ['service-relay-udp']);
  assert.deepEqual((await examine([...inside, service('the secret of the service')])).failed, []);
});

test('a relay alone, with its secret, with a wrong one, and with its quota spent', { timeout: 120_000 }, async () => {
  const relay = await serve(['--relay-secret', 'known to both of us', '--relay-allocations-per-user', '1', ...loopback]);
  const url = `turn:127.0.0.1:${relay.port}?transport=tcp`;
  const spent = await examine([url, '--relay-secret', 'known to both of us']);
  assert.deepEqual(spent.failed, ['relay-tcp']);
  assert.match(spent.find('relay-tcp').remedy ?? '', /--relay-allocations-per-user/);
  const wrong = await examine([url, '--relay-secret', 'known to one of us']);
  assert.deepEqual(wrong.failed, ['relay-tcp']);
  assert.match(wrong.find('relay-tcp').text, /401/);
});

/** Passes on to `port`, and lets every Date come true `days` later. */
function late(port: number, days: number): TcpServer {
  return createServer((client) => {
    const server = connect(port, '127.0.0.1');
    client.pipe(server).on('error', () => client.destroy());
    client.on('error', () => server.destroy());
    server.on('data', (bytes: Buffer) => {
      client.write(bytes.toString('latin1').replace(/^Date: (.*)\r$/m, (_, date: string) =>
        `Date: ${new Date(Date.parse(date) + days * 86_400_000).toUTCString()}\r`), 'latin1');
    });
    server.on('end', () => client.end());
  });
}

test('a clock that is wrong', { timeout: 120_000 }, async () => {
  const server = await serve(loopback);
  const proxy = late(server.port, 3);
  const report = await examine([`http://127.0.0.1:${await portOf(proxy)}`]);
  assert.ok(report.failed.includes('clock'));
  assert.match(report.find('clock').text, /3 days ahead/);
  proxy.close();
});

async function inNamespaces(options: string[], rule: string | undefined): Promise<Report> {
  const machines = new Machines();
  try {
    if (rule) machines.drop(rule);
    await machines.start(binary, ['serve', '--listen', '0.0.0.0:8080', ...options], 'plntry is running');
    return await examine([`http://${kServer}:8080`], (program, args) => machines.command(program, args));
  } finally {
    await machines.remove();
  }
}

test('between two machines all is well', { timeout: 120_000 }, async () => {
  const report = await inNamespaces([], undefined);
  assert.deepEqual(report.failed, []);
  assert.equal(report.find('relay-ports').grade, 'passed');
});

test('UDP is blocked', { timeout: 120_000 }, async () => {
  const report = await inNamespaces([], 'udp dport 8080');
  assert.deepEqual(report.failed, ['relay-udp']);
  assert.match(report.find('relay-udp').text, /UDP is blocked/);
  assert.match(report.find('relay-udp').remedy ?? '', /8080\/udp/);
  assert.equal(report.find('relay-tcp').grade, 'passed');
});

test("a firewall before the relay's ports", { timeout: 120_000 }, async () => {
  const report = await inNamespaces([], 'udp dport 49152-65535');
  assert.deepEqual(report.failed, ['relay-ports']);
  assert.match(report.find('relay-ports').remedy ?? '', /49152:65535\/udp/);
});

test('a wrong --public-address', { timeout: 120_000 }, async () => {
  const report = await inNamespaces(['--public-address', '11.9.9.9'], undefined);
  assert.equal(report.failed[0], 'public-address');
  assert.match(report.find('public-address').text, /11\.9\.9\.9/);
  assert.match(report.find('public-address').remedy ?? '', new RegExp(`--public-address ${kServer.replaceAll('.', '\\.')}`));
  assert.ok(!report.failed.includes('relay-ports'));
});

test('inside: a port that somebody else has, a key that is not the certificate\'s, and files that may not be written', { timeout: 120_000 }, async () => {
  const other = createServer();
  const port = await portOf(other);
  certify('one', 'IP:127.0.0.1', 90);
  certify('two', 'IP:127.0.0.1', 90);
  writeFileSync(file('plain'), '');
  const report = await examine(['--listen', `127.0.0.1:${port}`, '--tls-cert', file('one.pem'), '--tls-key', file('two.key'),
    '--data', file('plain'), '--public-address', '11.7.0.1']);
  assert.deepEqual(report.failed, ['listen', 'certificate', 'data']);
  other.close();
});

test('inside: a server that runs is known again', { timeout: 120_000 }, async () => {
  const server = await serve(loopback);
  const report = await examine(['--listen', `127.0.0.1:${server.port}`, ...loopback]);
  assert.match(report.find('listen').text, /plntry runs on/);
  assert.deepEqual(report.failed, []);
});
