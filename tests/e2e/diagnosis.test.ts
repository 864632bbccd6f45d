// What the page says of a call and of what is in its way: the panel, the report, the lobby's check, the page /check.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { after } from 'node:test';
import { isAccessible } from './harness/accessibility.ts';
import { certificate, key, trustingHome } from './harness/authority.ts';
import type { CallPage } from './harness/call_page.ts';
import { scenario } from './harness/scenario.ts';
import type { Scene } from './harness/scene.ts';
import { Server } from './harness/server.ts';
import { until } from './harness/until.ts';

interface Verdict { cause: string; tone: string; whose: string; sentence: string; advice: string | null }
interface Report {
  version: number;
  verdict: Verdict;
  also: Verdict[];
  links: { theirs: { relayed: string[] } | null; route: { local: { kind: string; relay: string | null; address: string } } | null; setUp: { step: string; to: number | null }[] }[];
  readiness?: { network: string; works: boolean | null; how: string | null }[];
}

/** As JSON, because two browsers are told of shared objects in two ways. */
async function reportOf(person: CallPage, options: { addresses?: boolean } = {}): Promise<Report> {
  const text = await person.page.evaluate(async (options) =>
    JSON.stringify(await (window as unknown as { plntry: { report(options: object): Promise<object> } }).plntry.report(options)), options);
  return JSON.parse(text) as Report;
}

const local = ['--public-address', '127.0.0.1', '--relay-allow', '127.0.0.0/8'];

function secure(): Promise<Server> {
  trustingHome();  // makes the certificate, too
  return Server.start((port) => ['--listen', `[::1]:${port}`, '--tls-cert', certificate, '--tls-key', key, ...local]);
}

/** Joins under a name, so that sentences have one. */
async function joinAs(person: CallPage, link: string): Promise<void> {
  await person.visit(link);
  await person.reach('lobby');
  await (await person.page.waitForSelector('::-p-aria(Your name)'))?.type(person.name);
  await person.join();
}

async function causeIs(person: CallPage, cause: string): Promise<Report> {
  return until(`${person.name} is told ${cause}`, async () => {
    const report = await reportOf(person);
    if (report.verdict.cause === cause) return report;
    throw new Error(JSON.stringify(report.verdict));
  }, 30_000);
}

scenario('a direct call: both browsers say so, and the panel shows it, for everybody', { server: local }, async (scene) => {
  const [anna, ben] = [await scene.person('Anna', 'chromium'), await scene.person('Ben', 'firefox')];
  await joinAs(anna, `${scene.server.origin}/garden-club#AAAAAAAAAAAAAAAAAAAAAA`);
  await anna.reach('alone');
  await joinAs(ben, anna.link);
  await Promise.all([anna.meets(), ben.meets()]);
  for (const [person, other] of [[anna, 'Ben'], [ben, 'Anna']] as const) {
    const report = await until('both ends are known', async () => {
      const report = await reportOf(person);
      return report.links[0]?.theirs && report.links[0].route ? report : undefined;
    });
    assert.equal(report.version, 1);
    const all = [report.verdict, ...report.also];
    assert.ok(all.some(({ sentence }) => sentence.startsWith(`Connected directly with ${other}`)), JSON.stringify(all));
    const steps = report.links[0]!.setUp;
    // Ben answered in the lobby, before he set anything up.
    const expected = [...person === anna ? ['description'] : [], 'path', 'encryption', 'picture'];
    for (const step of expected) assert.ok(steps.some((bar) => bar.step === step && bar.to !== null), `${step} in ${JSON.stringify(steps)}`);
  }
  await anna.press('Network');
  await anna.says(/Connected directly with Ben.*Round trip \d+ ms.*Picture you get \d+ × \d+.*VP8.*Setting up took \d+ ms/);
  await isAccessible(anna, 'panel');
});

scenario('a relayed call: the way and the reason stand in the first sentence, addresses are masked', { server: secure }, async (scene) => {
  const [anna, ben] = [await scene.person('Anna', 'chromium', { relayOver: 'tcp' }), await scene.person('Ben', 'firefox', { relayOver: 'tls' })];
  await anna.start(`https://localhost:${scene.server.port}/?relay`);
  await ben.enter(anna.link);
  await Promise.all([anna.meets(), ben.meets()]);
  for (const [person, over] of [[anna, 'TCP'], [ben, 'TLS']] as const) {
    const { verdict, also } = await until('the route is known', async () => {
      const report = await reportOf(person);
      return report.links[0]?.route ? report : undefined;
    });
    const route = [verdict, ...also].find(({ cause }) => cause === 'relayed_by_wish');
    assert.equal(route?.sentence, `Relayed through localhost over ${over}, port ${scene.server.port}, because this page was opened to use relays only.`);
  }
  assert.equal((await reportOf(anna)).links[0]?.route?.local.address, '127.0.x.x');
  assert.equal((await reportOf(anna, { addresses: true })).links[0]?.route?.local.address, '127.0.0.1');
});

scenario('the lobby tries the ways a call can take, and holds nothing of the relay afterwards', { server: secure }, async (scene) => {
  for (const kind of ['chromium', 'firefox'] as const) {
    const anna = await scene.person('Anna', kind);
    await anna.visit(`https://localhost:${scene.server.port}/garden-club`);
    await anna.says(/Same network : works Other networks : works \(relay over UDP\) Locked-down office : does not work.*TLS is on port/);
    if (kind === 'chromium') await isAccessible(anna, 'lobby with its check');
    await until('nothing is allocated', async () => (await scene.server.metric('plntry_relay_allocations')) === 0);
    await anna.page.goto('about:blank');
  }
});

for (const kind of ['chromium', 'firefox'] as const) {
  scenario(`${kind}: /check tries each server by itself, camera and microphone, and makes a report`, { server: secure }, async (scene) => {
    const anna = await scene.person('Anna', kind);
    await anna.visit(`https://localhost:${scene.server.port}/check`);
    if (kind === 'chromium') await isAccessible(anna, 'check, before');
    await anna.press('Start the check');
    const words = await anna.says(/calls will work.*Copy report/i, 120_000);
    for (const over of ['turn:localhost:\\d+\\?transport=udp', 'turn:localhost:\\d+\\?transport=tcp', 'turns:localhost:\\d+\\?transport=tcp']) {
      assert.match(words, new RegExp(`${over} : good Has a place for you after \\d+ ms.*carries [\\d.]+ Mbit/s`));
    }
    assert.match(words, /Microphone : good.*Camera : good Works/);
    if (kind === 'chromium') await isAccessible(anna, 'check, after');
  });
}

/** A relay elsewhere, which the page may use alone. */
const onlyRelay = (urls: string[], credential: string): string[] =>
  ['--relay', 'off', '--ice-server', JSON.stringify({ urls, username: 'anna', credential })];

async function meetNowhere(scene: Scene): Promise<[CallPage, CallPage]> {
  const [anna, ben] = [await scene.person('Anna', 'chromium'), await scene.person('Ben', 'firefox')];
  await joinAs(anna, `${scene.server.origin}/garden-club?relay#AAAAAAAAAAAAAAAAAAAAAA`);
  await anna.reach('alone');
  await joinAs(ben, anna.link);
  await Promise.all([anna.reach('call'), ben.reach('call')]);
  return [anna, ben];
}

scenario('no route: there is no relay, and the page may use nothing else', { server: ['--relay', 'off'] }, async (scene) => {
  const [anna, ben] = await meetNowhere(scene);
  for (const person of [anna, ben]) await causeIs(person, 'only_relays_and_none');
  await anna.says(/No route: .*may use relays only/);
});

scenario('no route: the relay does not answer', {
  server: async () => {
    const silent = dgram.createSocket('udp4');
    silent.unref();
    await once(silent.bind(0, '127.0.0.1'), 'listening');
    return Server.start(onlyRelay([`turn:127.0.0.1:${silent.address().port}`], 'any'));
  },
}, async (scene) => {
  const [anna, ben] = await meetNowhere(scene);
  for (const person of [anna, ben]) {
    await causeIs(person, 'relay_unreachable');
    await person.says(/No route: neither browser could reach the relay 127\.0\.0\.1 over UDP/);
  }
  await isAccessible(anna, 'no route');
});

scenario('no route: the relay refuses the password', {
  server: async () => {
    const relay = await Server.start([...local, '--relay-user', 'anna:the-right-password']);
    after(() => relay.stop());
    return Server.start(onlyRelay([`turn:127.0.0.1:${relay.port}`, `turn:127.0.0.1:${relay.port}?transport=tcp`], 'a-wrong-password'));
  },
}, async (scene) => {
  const [anna, ben] = await meetNowhere(scene);
  for (const person of [anna, ben]) assert.match((await causeIs(person, 'relay_credentials')).verdict.sentence, /refuses the access/);
  await anna.says(/refuses the access that 127\.0\.0\.1 gave/);
});

scenario('no route: the relay is full', { server: [...local, '--relay-allocations', '1'] }, async (scene) => {
  const [anna] = await meetNowhere(scene);
  await causeIs(anna, 'relay_full');
});

scenario('a camera that may not be used is the first thing that is said, at both ends', { server: local }, async (scene) => {
  const [anna, ben] = [await scene.person('Anna', 'chromium', { devices: 'denied' }), await scene.person('Ben', 'firefox')];
  await joinAs(anna, `${scene.server.origin}/garden-club#AAAAAAAAAAAAAAAAAAAAAA`);
  await anna.reach('alone');
  await joinAs(ben, anna.link);
  await ben.reach('call');
  assert.match((await causeIs(anna, 'camera_denied')).verdict.sentence, /^Your browser may not use the camera, so Ben cannot see you\.$/);
  assert.match((await causeIs(ben, 'their_camera_denied')).verdict.sentence, /^Anna’s browser may not use the camera, so you cannot see Anna\.$/);
});
