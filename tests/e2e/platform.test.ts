// On a platform that routes HTTP only (deploy/heroku): the page, the signalling and a rented TURN service's credentials come
// through its router, and media go over that service alone.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CallPage } from './harness/call_page.ts';
import { whileFramesGoOn } from './harness/call_page.ts';
import { Router } from './harness/router.ts';
import { scenario } from './harness/scenario.ts';
import type { Scene } from './harness/scene.ts';
import { Server } from './harness/server.ts';
import { sleep, until } from './harness/until.ts';

const secret = 'shared with the rented service only';
/** Heroku's 55 s and plntry's 20 s, seven to ten times as fast. */
const idleMs = 6_000;
const pingInterval = '2s';

/** What the image sets for every platform. */
async function imageEnvironment(): Promise<Record<string, string>> {
  const dockerfile = await readFile(join(import.meta.dirname, '../../deploy/heroku/Dockerfile'), 'utf8');
  const settings = [...dockerfile.matchAll(/\b(PLNTRY_\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]);
  assert.ok(settings.length > 0);
  return Object.fromEntries(settings) as Record<string, string>;
}

/** Our own relay as somebody else's service, on its own. */
function rent(): Promise<Server> {
  return Server.start(['--relay-secret', secret, '--public-address', '127.0.0.1', '--relay-allow', '127.0.0.0/8']);
}

function iceServersOf({ page }: CallPage): Promise<RTCIceServer[]> {
  return page.evaluate(() => window.plntryProbe.call()?.getConfiguration().iceServers ?? []);
}

let rented: Server;
async function startOnPlatform(): Promise<Server> {
  rented = await rent();
  const urls = [`stun:127.0.0.1:${rented.port}`, `turn:127.0.0.1:${rented.port}`];
  return Server.startOnPlatform({
    ...await imageEnvironment(),
    PLNTRY_ICE_SERVER: JSON.stringify({ urls, secret, ttl: 3_600 }),
    PLNTRY_PING_INTERVAL: pingInterval,
  });
}

/** Two browsers in a call through the router, by the rented relay. */
async function callThrough(router: Router, scene: Scene): Promise<[CallPage, CallPage]> {
  const [anna, ben] = [await scene.person('Anna'), await scene.person('Ben', 'firefox')];
  for (const one of [anna, ben]) if (router.webSockets !== 'passed') one.expectInConsole(/WebSocket/, /can.t establish a connection/);
  await anna.start(`${router.origin}/?relay`);
  assert.match(anna.link, /^https:.*\?relay#/);
  await ben.enter(anna.link);
  await Promise.all([anna.meets(), ben.meets()]);
  return [anna, ben];
}

scenario('behind a router that ends TLS, two browsers call each other over a rented relay, and no idle cut parts them', {
  server: startOnPlatform,
}, async (scene) => {
  const router = await Router.start(scene.server.port, idleMs);
  scene.atEnd(async () => { await Promise.all([router.stop(), rented.stop()]); });
  const people = await callThrough(router, scene);
  const given = await Promise.all(people.map(iceServersOf));
  for (const servers of given) {
    assert.equal(servers.length, 1, 'the platform lets no UDP in, so there is no STUN of our own');
    assert.match(String(servers[0]?.urls), /turn:127\.0\.0\.1/);
    assert.match(servers[0]?.username ?? '', /^\d+:/);
    assert.doesNotMatch(JSON.stringify(servers), new RegExp(secret));
  }
  assert.notEqual(given[0]?.[0]?.username, given[1]?.[0]?.username, 'each has credentials of its own');

  await whileFramesGoOn(people, () => sleep(3 * idleMs));
  assert.ok(await rented.metric('plntry_relay_bytes_total') > 0, 'the media went over the rented relay');
  assert.equal(router.cuts, 0);
  assert.equal(router.upgrades, 2, 'one WebSocket each, from the lobby on');
});

scenario('without WebSocket no idle cut parts them either', { server: startOnPlatform }, async (scene) => {
  const router = await Router.start(scene.server.port, idleMs);
  scene.atEnd(async () => { await Promise.all([router.stop(), rented.stop()]); });
  router.webSockets = 'stripped';
  const people = await callThrough(router, scene);
  assert.equal(await scene.server.metric('plntry_event_streams'), 2);
  const joins = await scene.server.metric('plntry_resumes_total');
  await whileFramesGoOn(people, () => sleep(3 * idleMs));
  assert.equal(router.cuts, 0);
  assert.equal(await scene.server.metric('plntry_resumes_total'), joins, 'on the streams that they joined by');
});

// The router of the test above does cut: a program that asks for signs of life more rarely loses its connections.
test('the router cuts what is idle', { timeout: 60_000 }, async () => {
  const server = await Server.start();
  const router = await Router.start(server.port, 1_000);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  try {
    const request = JSON.stringify({ secret: 'A'.repeat(43), wait: true });
    const socket = new WebSocket(`${router.origin.replace('https', 'wss')}/api/rooms/abc-defg-hij/join`, [
      'plntry.v1', `join.${Buffer.from(request).toString('base64url')}`,
    ]);
    await until('the router has cut an idle WebSocket', () => router.cuts === 1 && socket.readyState === WebSocket.CLOSED, 20_000);
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    await router.stop();
    await server.stop();
  }
});
