// libnice (GNOME's ICE library, which GStreamer and Pidgin use) against us, with relayed candidates alone on both sides.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Relay, kPassword, kUser } from './harness/relay.ts';
import { report, run } from './harness/program.ts';

const kMessages = 100;
const kPython = '/usr/bin/python3';  // the one that Debian's packages are for

let relay: Relay;

before(async () => { relay = await Relay.start('loopback'); });
after(async () => { await relay.stop(); });

for (const [transport, host] of [['udp', '127.0.0.1'], ['udp', '::1'], ['tcp', '127.0.0.1']] as const) {
  test(`two agents of libnice over ${transport} to ${host}, relayed on both sides`, { timeout: 90_000 }, async () => {
    const port = host === '::1' ? relay.portV6 : relay.port;
    const told = report(await run(kPython, [
      join(import.meta.dirname, 'peers/nice_pair.py'), transport, host, `${port}`, kUser, kPassword, `${kMessages}`,
    ]));
    assert.deepEqual(told, { candidates: ['relayed'], there: kMessages, back: kMessages });
    assert.equal((await relay.figures()).allocations, 0);
  });
}
