// Relay credentials in a real call: they expire again and again while it goes on, and end with it.
import assert from 'node:assert/strict';
import { whileFramesGoOn } from './harness/call_page.ts';
import { scenario } from './harness/scenario.ts';
import { sleep, until } from './harness/until.ts';

const lifetimeS = 20;
const callS = 120;
/** Of an allocation, unless its browser refreshes it with the credentials that it was made with, expired by then. */
const allocationS = 60;
const relay = [
  '--public-address', '127.0.0.1', '--relay-allow', '127.0.0.0/8', '--credential-lifetime', `${lifetimeS}s`, '--relay-lifetime', `${allocationS}s`,
];

// The waiter waits longer than its first credentials last: its held offer is still good.
scenario(`a call over the relay goes on for ${callS} s with credentials that last ${lifetimeS} s`, {
  server: relay, timeoutMs: 600_000,
}, async (scene) => {
  const people = [await scene.person('Anna'), await scene.person('Ben', 'firefox')] as const;
  const [anna, ben] = people;
  await anna.start(`${scene.server.origin}/?relay`);
  await sleep(1.5 * lifetimeS * 1000);
  await ben.enter(anna.link);
  await Promise.all([anna.meets(), ben.meets()]);
  const expiry = () => Promise.all(people.map(({ page }) => page.evaluate(() => {
    const servers = window.plntryProbe.call()?.getConfiguration().iceServers ?? [];
    return Number(servers.find(({ username }) => username)?.username?.split(':')[0]);
  })));
  const first = await expiry();
  const opened = (): Promise<number> => scene.server.metric('plntry_relay_allocations_opened_total');
  const before = await opened();
  await whileFramesGoOn([...people], () => sleep(callS * 1000));
  assert.equal(await opened(), before, 'the allocations that it began with still carry the call');
  for (const [index, last] of (await expiry()).entries()) {
    assert.ok(last >= (first[index] ?? NaN) + callS - lifetimeS, `${first[index]} was renewed to ${last}`);
  }

  await ben.press('Leave');
  await anna.reach('alone');
  await anna.press('Leave');
  await until('the relay holds nothing of a call that is over', async () => await scene.server.metric('plntry_relay_allocations') === 0);
});
