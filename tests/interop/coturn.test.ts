// coturn's own clients (turnutils_*) against us. They say what they lost; with a peer that echoes, or with each other as
// peers, every packet has gone both ways.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { freePort } from '../e2e/harness/server.ts';
import { Relay, kPassword, kUser } from './harness/relay.ts';
import { run } from './harness/program.ts';

const kMessages = 100;

let relay: Relay;
let echo: ChildProcess;
let echoPort: number;

before(async () => {
  relay = await Relay.start('loopback', ['--relay-tcp-allocations', 'on']);
  echoPort = await freePort();
  echo = spawn('turnutils_peer', ['-p', `${echoPort}`, '-L', '127.0.0.1', '-L', '::1'], { stdio: 'ignore' });
});
after(async () => {
  echo.kill();
  await relay.stop();
});

function figure(text: string, pattern: RegExp): number {
  const found = pattern.exec(text);
  if (!found) throw new Error(`${pattern} is not in:\n${text}`);
  return Number(found[1]);
}

interface Case {
  name: string;
  flags: string[];
  server?: '127.0.0.1' | '::1';
  peer?: '127.0.0.1' | '::1';
  messages?: number;
  pauseMs?: number;
}

function uclient({ name, flags, server = '127.0.0.1', peer, messages = kMessages, pauseMs = 5 }: Case): void {
  test(`turnutils_uclient: ${name}`, { timeout: 90_000 }, async () => {
    const toPeer = peer ? ['-e', peer, '-r', `${echoPort}`] : ['-y'];
    const port = server === '::1' ? relay.portV6 : relay.port;
    const before = await relay.figures();
    const { code, text } = await run('turnutils_uclient', [
      ...flags, ...toPeer, '-u', kUser, '-w', kPassword, '-p', `${port}`, '-n', `${messages}`, '-z', `${pauseMs}`, server,
    ]);
    assert.equal(code, 0, text);
    const sent = figure(text, /start_mclient: tot_send_msgs=(\d+)(?![\s\S]*tot_send_msgs)/);
    const received = figure(text, /tot_recv_msgs=(\d+)(?![\s\S]*tot_recv_msgs)/);
    assert.ok(sent >= messages, text);
    assert.equal(received, sent, text);
    assert.equal(figure(text, /Total lost packets (\d+)/), 0, text);
    assert.equal(figure(text, /total send dropped (\d+)/), 0, text);
    const now = await relay.figures();
    // Over TCP there are no packets to count: what comes at once goes on as one piece.
    const [toPeerAtLeast, toClientAtLeast] = flags.includes('-T') ? [1, 1] : [sent, received];
    assert.ok(now.toPeer - before.toPeer >= toPeerAtLeast && now.toClient - before.toClient >= toClientAtLeast);
  });
}

for (const [transport, flags] of [['UDP', []], ['TCP', ['-t']], ['DTLS', ['-S']]] as [string, string[]][]) {
  uclient({ name: `${transport}, channels, client to client`, flags: [...flags] });
  uclient({ name: `${transport}, Send indications, client to client`, flags: [...flags, '-s'] });
  uclient({ name: `${transport}, channels, to a peer that echoes`, flags: [...flags], peer: '127.0.0.1' });
  uclient({ name: `${transport}, Send indications, to a peer that echoes`, flags: [...flags, '-s'], peer: '127.0.0.1' });
  uclient({ name: `${transport} over IPv6, relayed over IPv6`, flags: [...flags, '-x'], server: '::1' });
  uclient({ name: `${transport} over IPv4, relayed over IPv6, to a peer that echoes`, flags: [...flags, '-x'], peer: '::1' });
}
// It takes one TLS record for one message, where several that leave together share a record: so, one at a time.
uclient({ name: 'TLS, channels, client to client', flags: ['-t', '-S'], messages: 20, pauseMs: 200 });
uclient({ name: 'TLS, Send indications, client to client', flags: ['-t', '-S', '-s'], messages: 20, pauseMs: 200 });
// RFC 6062: each of its clients connects to another's relayed address, over a second connection.
uclient({ name: 'TCP, relayed over TCP, client to client', flags: ['-T'] });
uclient({ name: 'TLS, relayed over TCP, client to client', flags: ['-T', '-S'] });
uclient({ name: 'many requests between the packets', flags: ['-G'] });
uclient({ name: 'DONT-FRAGMENT and padded channels', flags: ['-g', '-D'] });
uclient({ name: 'six clients without an RTCP pair', flags: ['-c', '-m', '6'] });

test('turnutils_uclient with a wrong password gets no allocation', { timeout: 60_000 }, async () => {
  const { code, text } = await run('turnutils_uclient', [
    '-y', '-u', kUser, '-w', 'wrong', '-p', `${relay.port}`, '-n', '1', '127.0.0.1',
  ], { timeoutMs: 20_000 });
  assert.notEqual(code, 0, text);
  assert.doesNotMatch(text, /tot_recv_msgs=[1-9]/);
});

for (const server of ['127.0.0.1', '::1'] as const) {
  test(`turnutils_stunclient to ${server}`, { timeout: 30_000 }, async () => {
    const port = server === '::1' ? relay.portV6 : relay.port;
    const { code, text } = await run('turnutils_stunclient', ['-p', `${port}`, server], { timeoutMs: 20_000 });
    assert.equal(code, 0, text);
    assert.ok(text.includes(`reflexive addr: ${server}:`), text);
  });
}

// Its -R, which does more of it, waits for ever with coturn's own server too.
uclient({ name: 'requests that are wrong on purpose', flags: ['-N'] });
