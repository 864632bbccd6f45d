// The program as whoever runs it meets it: what it writes, and how it ends.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { Server, binary } from './harness/server.ts';
import { Stranger } from './harness/stranger.ts';
import { sleep, until } from './harness/until.ts';

const limits = { timeout: 60_000 };

test('`plntry version` prints the version and ends with 0', limits, async () => {
  const { stdout } = await promisify(execFile)(binary, ['version']);
  assert.match(stdout, /^plntry \d+\.\d+\.\d+\n$/);
});

test('with --log-format json whatever it writes is a JSON object a line', limits, async () => {
  const hostile = 'PLNTRY_A"\\\nB';
  const server = await Server.start(['--log-format', 'json', '--log-level', 'debug'], { [hostile]: '1' });
  await server.drain();
  await until('the last line is read', () => server.log.includes('"stopped"'));

  const lines = server.log.split('\n').filter((line) => line !== '' && line !== '[the server ended: code 0]');
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const { time, level, event } of entries) {
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.match(String(level), /^(debug|info|warning|error)$/);
    assert.match(String(event), /^[a-z-]+$/);
  }
  const events = entries.map(({ event }) => event);
  for (const event of ['listening', 'draining', 'stopped']) assert.ok(events.includes(event), event);
  const warnings = entries.filter(({ event }) => event === 'unknown-variable').map(({ why }) => String(why));
  assert.ok(warnings.some((why) => why.startsWith(`${hostile} is no option.`)), warnings.join());
});

/** A server that has a participant who neither answers a close nor closes the connection, so that a drain has to wait. */
async function serverOfADeafOne(t: TestContext, drainTimeout: string): Promise<Server> {
  const server = await Server.start(['--drain-timeout', drainTimeout]);
  t.after(() => server.stop());
  const deaf = await Stranger.joined(server.port, 'deaf-room');
  t.after(() => deaf.leave());
  await deaf.welcome();
  return server;
}

/** Nobody waits for the deaf for ever: an end proves something only while a server that was told earlier still waits. */
async function endsBefore(patient: Server, server: Server): Promise<void> {
  assert.equal(await server.ended(), 0);
  assert.ok(patient.isRunning, 'it ended only as whoever waits does');
}

/** Two alike but for their time-outs, told one after the other. */
async function drainingPair(t: TestContext, drainTimeout: string): Promise<{ server: Server; patient: Server }> {
  const [server, patient] = await Promise.all([serverOfADeafOne(t, drainTimeout), serverOfADeafOne(t, '10m')]);
  patient.terminate();
  await sleep(500);
  server.terminate();
  return { server, patient };
}

test('--drain-timeout ends the wait for who does not answer', limits, async (t) => {
  const { server, patient } = await drainingPair(t, '1s');
  await endsBefore(patient, server);
});

test('a second SIGTERM ends the wait for who does not answer', limits, async (t) => {
  const { server, patient } = await drainingPair(t, '10m');
  await until('nobody new comes in', () => Stranger.connect(server.port).then((one) => one.leave(), () => true));
  await sleep(300);
  assert.ok(server.isRunning, 'one SIGTERM waits');
  server.terminate();
  await endsBefore(patient, server);
});
