// Calls that go over our relay alone, by every transport that a browser speaks to it.
import assert from 'node:assert/strict';
import { certificate, key, trustingHome } from './harness/authority.ts';
import type { Kind } from './harness/browser.ts';
import type { CallPage } from './harness/call_page.ts';
import type { RelayTransport } from './harness/relay_over.ts';
import { scenario } from './harness/scenario.ts';
import type { Scene } from './harness/scene.ts';
import { Server } from './harness/server.ts';
import { sleep } from './harness/until.ts';

interface Side { kind: Kind; over: RelayTransport }

const chromium = (over: RelayTransport): Side => ({ kind: 'chromium', over });
const firefox = (over: RelayTransport): Side => ({ kind: 'firefox', over });

/** Peers are on loopback here, where no relay lets anyone go unless it is told to. */
function relaying(...options: string[]): () => Promise<Server> {
  trustingHome();  // makes the certificate, too
  return () => Server.start((port) => [
    '--listen', `[::1]:${port}`, '--tls-cert', certificate, '--tls-key', key,
    '--public-address', '127.0.0.1', '--public-address', '::1', '--relay-allow', '127.0.0.0/8', '--relay-allow', '::1', ...options,
  ]);
}

async function meet(scene: Scene, host: string, first: Side, second: Side): Promise<[CallPage, CallPage]> {
  const anna = await scene.person('Anna', first.kind, { relayOver: first.over });
  const ben = await scene.person('Ben', second.kind, { relayOver: second.over });
  await anna.start(`https://${host}:${scene.server.port}/?relay`);
  await ben.enter(anna.link);
  await Promise.all([anna.meets(), ben.meets()]);
  // What is remote here is local there; its address may have come by a check before it was told, and is `prflx` then.
  for (const [person, { over }] of [[anna, first], [ben, second]] as const) {
    const { local, over: leading } = await person.route();
    assert.deepEqual({ local, over: leading }, { local: 'relay', over });
  }
  return [anna, ben];
}

// Firefox speaks TURN over TLS to a name only, never to an address, and no name is to be relied on for ::1.
for (const over of ['udp', 'tcp', 'tls'] as const) {
  scenario(`relayed over ${over} and IPv4: Chromium and Firefox see and hear each other`, { server: relaying() }, async (scene) => {
    await meet(scene, 'localhost', chromium(over), firefox(over));
  });
  scenario(`relayed over ${over} and IPv6: Chromium and Firefox see and hear each other`, { server: relaying() }, async (scene) => {
    await meet(scene, '[::1]', chromium(over), firefox(over === 'tls' ? 'tcp' : over));
  });
}

scenario('Chromium relayed over UDP and Firefox over TLS see and hear each other', { server: relaying() }, async (scene) => {
  await meet(scene, 'localhost', chromium('udp'), firefox('tls'));
});

scenario('Chromium relayed over TLS and Firefox over UDP see and hear each other', { server: relaying() }, async (scene) => {
  await meet(scene, 'localhost', chromium('tls'), firefox('udp'));
});

/** Payload that each end says it has sent over its route so far, together. */
async function sentBy(people: readonly CallPage[]): Promise<number> {
  return (await Promise.all(people.map((person) => person.bytesSent()))).reduce((sum, bytes) => sum + bytes, 0);
}

scenario('what the relay counts is what the browsers count', { server: relaying() }, async (scene) => {
  const people = await meet(scene, 'localhost', chromium('udp'), firefox('udp'));
  const counted = (): Promise<number> => scene.server.metric('plntry_relay_bytes_total', { direction: 'to_peer' });
  const [before, sentBefore] = [await counted(), await sentBy(people)];
  await sleep(10_000);
  const [relayed, sent] = [await counted() - before, await sentBy(people) - sentBefore];
  assert.ok(Math.abs(relayed - sent) < 0.05 * sent, `the relay says ${relayed} bytes, the browsers ${sent}`);
});
