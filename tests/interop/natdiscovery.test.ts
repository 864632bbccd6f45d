// coturn's turnutils_natdiscovery against us: no NAT is in between, so every answer comes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { freePort } from '../e2e/harness/server.ts';
import { run } from './harness/program.ts';
import { Relay } from './harness/relay.ts';

let relay: Relay;
let second: number;

before(async () => {
  second = await freePort();
  relay = await Relay.start('loopback', ['--stun-alternate', `127.0.0.2:${second}`]);
});
after(() => relay.stop());

async function discover(...flags: string[]): Promise<string> {
  const { code, text } = await run('turnutils_natdiscovery', [...flags, '-p', `${relay.port}`, '127.0.0.1'], { timeoutMs: 40_000 });
  assert.equal(code, 0, text);
  return text;
}

// With 1,500 bytes of padding in requests and answers, which then come in fragments.
for (const [name, more] of [['', []], [', padded', ['-P']]] as [string, string[]][]) {
  test(`turnutils_natdiscovery: mapping${name}`, { timeout: 60_000 }, async () => {
    const text = await discover('-m', ...more);
    assert.match(text, new RegExp(`Other addr: : 127\\.0\\.0\\.2:${second}`));
    assert.match(text, /Endpoint Independent Mapping!/);
  });

  test(`turnutils_natdiscovery: filtering${name}`, { timeout: 60_000 }, async () => {
    assert.match(await discover('-f', ...more), /Endpoint Independent Filtering!/);
  });
}

// RESPONSE-PORT: the answer goes to the port that the client spoke from before, for the second time.
test('turnutils_natdiscovery: how long a mapping lasts', { timeout: 60_000 }, async () => {
  const text = await discover('-t', '-T', '1');
  assert.match(text, new RegExp(`RFC 5780 response 2[^]*Response origin: : 127\\.0\\.0\\.1:${relay.port}`));
});
