// Whoever has credentials of the relay still stands outside: nothing special, private or ours is reached through it, in
// whatever form it is named and on whichever path (RFC 8656 §21; the list is in src/turn/peer_policy.cpp).
import assert from 'node:assert/strict';
import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { sleep, until } from '../e2e/harness/until.ts';
import { Coturn } from './harness/coturn.ts';
import { forbidden, disguises } from './harness/forbidden.ts';
import { Relay, kPublicV4, kPassword, kUser } from './harness/relay.ts';
import { TurnClient } from './harness/turn.ts';

const kWord = Buffer.from('from outside');

let relay: Relay;

before(async () => { relay = await Relay.start('default', ['--relay-deny', '9.9.9.9/32']); });
after(async () => { await relay.stop(); });

async function allocated(family: 4 | 6, port = relay.port): Promise<TurnClient> {
  const client = new TurnClient({ address: '127.0.0.1', port }, kUser, kPassword);
  await client.bind();
  assert.equal((await client.allocate(family))?.code, 0);
  return client;
}

/** Every way there is to name a peer; each twice, for what is refused must not have left anything that lets the next in. */
async function tryEverything(client: TurnClient, peer: { address: string; port: number }, channel: number): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    client.sendIndication(peer, kWord);
    client.sendOnChannel(channel, kWord);
    assert.equal((await client.permit(peer))?.code, 403, `CreatePermission ${peer.address}`);
    assert.equal((await client.bindChannel(channel, peer))?.code, 403, `ChannelBind ${peer.address}`);
    client.sendIndication(peer, kWord);
    client.sendOnChannel(channel, kWord);
  }
}

for (const family of [4, 6] as const) {
  const addresses = forbidden.filter((each) => each.family === family).map((each) => each.address);
  test(`none of ${addresses.length} special IPv${family} addresses is a peer, on any path`, { timeout: 120_000 }, async () => {
    const client = await allocated(family);
    const before = await relay.figures();
    let channel = 0x4000;
    for (const address of addresses) {
      await tryEverything(client, { address, port: 9 }, channel);
      channel += 1;
    }
    assert.equal((await relay.figures()).toPeer, before.toPeer);
    await client.refresh(0);
    client.close();
  });
}

// RFC 8656 §10.2: all or nothing.
test('a forbidden peer among allowed ones lets none of them in', async () => {
  const client = await allocated(4);
  const allowed = { address: '8.8.4.4', port: 9 };
  assert.equal((await client.permit(allowed, { address: '127.0.0.1', port: 9 }))?.code, 403);
  const before = await relay.figures();
  client.sendIndication(allowed, kWord);
  await client.permit({ address: '127.0.0.1', port: 9 });  // its answer comes behind the indication
  assert.equal((await relay.figures()).toPeer, before.toPeer);
  await client.refresh(0);
  client.close();
});

test('what --relay-deny names is refused although it is ordinary', async () => {
  const client = await allocated(4);
  assert.equal((await client.permit({ address: '9.9.9.9', port: 9 }))?.code, 403);
  await client.refresh(0);
  client.close();
});

async function listener(address: string): Promise<{ socket: Socket; heard: Buffer[]; port: number }> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const heard: Buffer[] = [];
  socket.on('message', (bytes) => heard.push(bytes));
  socket.unref();
  socket.bind(0, address);
  await once(socket, 'listening');
  return { socket, heard, port: socket.address().port };
}

// The relay's public address may be permitted, for another allocation may be there; what else listens there, may not.
test('nothing arrives at a socket on this machine, whatever its address is called', { timeout: 120_000 }, async () => {
  const own = Object.values(networkInterfaces()).flat().filter((each) => each !== undefined && !each.address.startsWith('fe80')).map((each) => each?.address ?? '');
  const clients = { 4: await allocated(4), 6: await allocated(6) };
  let channel = 0x4800;
  for (const address of new Set([...own, '127.0.0.1', '127.0.0.2', '::1'])) {
    const { socket, heard, port } = await listener(address);
    const names = address.includes(':') ? [address] : [address, ...disguises(address), kPublicV4];
    for (const name of names) {
      const client = clients[name.includes(':') ? 6 : 4];
      const peer = { address: name, port };
      client.sendIndication(peer, kWord);
      await client.permit(peer);
      client.sendIndication(peer, kWord);
      await client.bindChannel(channel, peer);
      client.sendOnChannel(channel, kWord);
      await client.permit(peer);
      channel += 1;
    }
    await sleep(50);
    assert.deepEqual(heard, [], address);
    socket.close();
  }
  for (const client of Object.values(clients)) {
    await client.refresh(0);
    client.close();
  }
});

test('the relay does not talk to its own listeners', async () => {
  const client = await allocated(4);
  const peer = { address: kPublicV4, port: relay.port };
  assert.equal((await client.permit(peer))?.code, 0, 'another allocation may be at this address');
  assert.equal((await client.bindChannel(0x4000, peer))?.code, 403);
  const before = await relay.figures();
  client.sendIndication(peer, kWord);
  await client.permit(peer);
  assert.equal((await relay.figures()).toPeer, before.toPeer);
  await client.refresh(0);
  client.close();
});

// What the tests above are worth: Debian's coturn 4.6.1, as it comes, is asked for the same addresses. It knows the loopback and
// unspecified addresses by their plain names only (CVE-2026-27624), and of private networks nothing.
test('coturn 4.6.1 lets a stranger through to what we refuse', { timeout: 120_000 }, async () => {
  const coturn = await Coturn.start();
  try {
    const through = new Set<string>();
    for (const family of [4, 6] as const) {
      const client = await allocated(family, coturn.port);
      const asked = forbidden.filter((each) => each.family === family).map(({ address }) => address);
      for (const address of asked) {
        const code = (await client.permit({ address, port: 9 }))?.code;
        assert.ok(code === 0 || code === 403, `${address}: ${code}`);
        if (code === 0) through.add(address);
      }
      const passed = asked.filter((address) => through.has(address));
      console.log(`coturn permits ${passed.length} of ${asked.length} special IPv${family} addresses, plntry none: ${passed.join(' ')}`);
      await client.refresh(0);
      client.close();
    }
    for (const address of ['127.0.0.1', '0.0.0.0', '::1', '::']) assert.ok(!through.has(address), address);
    for (const address of ['::ffff:127.0.0.1', '::127.0.0.1', '64:ff9b::127.0.0.1', '10.0.0.0', '192.168.0.0', '169.254.169.254', 'fc00::', 'fe80::']) {
      assert.ok(through.has(address), address);
    }

    const own = Object.values(networkInterfaces()).flat().find((each) => each?.family === 'IPv4' && !each.internal)?.address;
    if (own) {  // a machine with the loopback alone has no network that it could lead to
      const { socket, heard, port } = await listener(own);
      const client = await allocated(4, coturn.port);
      assert.equal((await client.permit({ address: own, port }))?.code, 0);
      client.sendIndication({ address: own, port }, kWord);
      await until('it has arrived', () => heard.length > 0);
      assert.deepEqual(heard[0], kWord);
      await client.refresh(0);
      client.close();
      socket.close();
    }
  } finally {
    await coturn.stop();
  }
});
