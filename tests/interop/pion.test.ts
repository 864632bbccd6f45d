// Pion's TURN client (Go, Debian's source package) against us.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Relay, kPassword, kUser } from './harness/relay.ts';
import { report, run } from './harness/program.ts';

const kMessages = 200;

let relay: Relay;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plntry-pion-'));
  const built = await run('go', ['build', '-o', join(folder, 'client'), join(import.meta.dirname, 'peers/pion/main.go')], {
    timeoutMs: 300_000, env: { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' },
  });
  assert.equal(built.code, 0, built.text);
  relay = await Relay.start('loopback');
}, { timeout: 330_000 });
after(async () => {
  await relay.stop();
  rmSync(folder, { recursive: true });
});

// Over IPv4 alone: this version of it resolves no IPv6 address.
for (const transport of ['udp', 'tcp', 'tls']) {
  test(`pion over ${transport}: allocates, permits, binds channels, both ways`, { timeout: 90_000 }, async () => {
    const told = report(await run(join(folder, 'client'), [transport, `127.0.0.1:${relay.port}`, kUser, kPassword, `${kMessages}`]));
    assert.equal(told.toPeer, kMessages);
    assert.equal(told.fromPeer, kMessages);
    assert.equal(told.between, kMessages);
    assert.equal((await relay.figures()).allocations, 0);
  });
}
