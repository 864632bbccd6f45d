// While strangers by the thousand throw at the relay what they have, two people talk through it: hardly a packet of theirs
// is lost, nobody else gets an allocation, the memory stays bounded, and no stranger is answered with much more than it
// sent. What is expected of the numbers stands here; nothing is expected of the time.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { sleep, until } from '../e2e/harness/until.ts';
import { Relay, kPassword, kUser } from './harness/relay.ts';
import { report, run } from './harness/program.ts';
import { TurnClient } from './harness/turn.ts';

const kMemoryBoundMb = 64;       // what all the strangers together may cost
const kAnswerRatio = 1.6;        // IP and UDP headers counted
const kLossMax = 0.001;
const kSlowClients = 5_000;
const kPython = '/usr/bin/python3';

let relay: Relay;
let call: { a: TurnClient; b: TurnClient };

before(async () => {
  relay = await Relay.start('loopback', ['--max-connections-per-address', '2000', '--metrics', 'loopback']);
  const server = { address: '127.0.0.1', port: relay.port };
  const [a, b] = [new TurnClient(server, kUser, kPassword), new TurnClient(server, kUser, kPassword)];
  for (const each of [a, b]) {
    await each.bind();
    assert.equal((await each.allocate())?.code, 0);
  }
  assert.equal((await a.bindChannel(0x4000, { address: '127.0.0.1', port: b.relayedPort }))?.code, 0);
  assert.equal((await b.bindChannel(0x4000, { address: '127.0.0.1', port: a.relayedPort }))?.code, 0);
  call = { a, b };
});
after(async () => { await relay.stop(); });

function residentMb(): number {
  const status = readFileSync(`/proc/${relay.server.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** 100 packets a second each way for as long as `attack` takes; then what must hold. */
async function whileTheyTalk<T>(attack: () => Promise<T>): Promise<T> {
  const before = { memory: residentMb(), figures: await relay.figures() };
  const heardBefore = call.a.data.length + call.b.data.length;
  let sent = 0;
  let ended = false;
  const packet = Buffer.alloc(172, 'v');
  const talk = (async () => {
    while (!ended) {
      call.a.sendOnChannel(0x4000, packet);
      call.b.sendOnChannel(0x4000, packet);
      sent += 2;
      await sleep(10);
    }
  })();
  const outcome = await attack().finally(() => { ended = true; });
  await talk;
  const heard = (): number => call.a.data.length + call.b.data.length - heardBefore;
  await until('the last packets have come', () => sent - heard() <= sent * kLossMax, 5_000).catch(() => undefined);
  assert.ok(sent - heard() <= sent * kLossMax, `${sent - heard()} of ${sent} packets of the call were lost`);
  assert.equal((await relay.figures()).allocations, before.figures.allocations, 'allocations of strangers');
  const grown = residentMb() - before.memory;
  assert.ok(grown < kMemoryBoundMb, `the server grew by ${grown.toFixed(1)} MB`);
  console.log(`  ${sent} packets of the call, ${sent - heard()} lost; the server grew by ${grown.toFixed(1)} MB`);
  return outcome;
}

for (const [kind, count, perSecond] of [
  ['bindings', 10_000, 2_000], ['allocates', 10_000, 2_000], ['guesses', 4_000, 1_000], ['junk', 10_000, 2_000],
] as const) {
  test(`${count} ${kind} from strangers`, { timeout: 90_000 }, async () => {
    const told = report(await whileTheyTalk(() =>
      run(kPython, [join(import.meta.dirname, 'peers/flood.py'), kind, `${relay.port}`, `${count}`, `${perSecond}`])));
    console.log(`  ${JSON.stringify(told)}`);
    assert.ok(Number(told.sent) >= count);
    assert.equal(told.successes, 0);
    assert.ok(Number(told.largestRatio) <= kAnswerRatio, `an answer ${told.largestRatio} times as long as what it answers`);
    if (kind === 'junk') assert.equal(told.answers, 0);
    else assert.ok(Number(told.answers) > 0);
  });
}

test(`${kSlowClients} TCP clients that say half a word and wait are closed, and cost little`, { timeout: 120_000 }, async () => {
  await whileTheyTalk(async () => {
    const clients: Socket[] = [];
    let closed = 0;
    for (let i = 0; i < kSlowClients; i += 1) {
      const socket = connect({ port: relay.port, host: '127.0.0.1', localAddress: `127.88.${i >> 8}.${1 + i % 250}` });
      socket.on('connect', () => socket.write(Buffer.from([0x00, 0x03, 0x00])));
      socket.on('close', () => { closed += 1; });
      socket.on('error', () => undefined);
      socket.resume();
      clients.push(socket);
      if (i % 50 === 49) await sleep(20);
    }
    await until('the server has closed all of them', () => closed === kSlowClients, 60_000);
    for (const client of clients) client.destroy();
  });
});
