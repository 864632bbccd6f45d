// aioice and aiortc (Python, Debian's packages) against us: ICE, and a data channel over DTLS and SCTP, with relayed
// candidates alone on both sides.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Relay, kPassword, kUser } from './harness/relay.ts';
import { report, run } from './harness/program.ts';

const kMessages = 200;
const kPython = '/usr/bin/python3';  // the one that Debian's packages are for

let relay: Relay;

before(async () => { relay = await Relay.start('loopback'); });
after(async () => { await relay.stop(); });

for (const [what, title] of [['ice', 'two connections of aioice'], ['rtc', 'a data channel of aiortc']] as const) {
  for (const [transport, host] of [['udp', '127.0.0.1'], ['udp', '::1'], ['tcp', '127.0.0.1'], ['tls', '127.0.0.1']] as const) {
    test(`${title} over ${transport} to ${host}, relayed on both sides`, { timeout: 90_000 }, async () => {
      const before = await relay.figures();
      const port = host === '::1' ? relay.portV6 : relay.port;
      const told = report(await run(kPython, [
        join(import.meta.dirname, 'peers/aio_pair.py'), what, transport, host, `${port}`, kUser, kPassword, `${kMessages}`,
      ]));
      assert.deepEqual(told, { there: kMessages, back: kMessages, candidates: ['relay'] });
      const now = await relay.figures();
      assert.ok(now.toPeer - before.toPeer >= 2 * kMessages && now.toClient - before.toClient >= 2 * kMessages);
      assert.equal(now.allocations, 0);
    });
  }
}
