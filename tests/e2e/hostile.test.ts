// Strangers who send rubbish, or nothing, or very slowly, while two people talk: the people notice nothing.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { type CallPage, whileFramesGoOn } from './harness/call_page.ts';
import { scenario } from './harness/scenario.ts';
import type { Server } from './harness/server.ts';
import { Stranger, noise } from './harness/stranger.ts';
import { sleep, until } from './harness/until.ts';

/** Plays `attack` in a call and proves that media and signalling are what they were, and that nothing of it stays behind. */
function whilePeopleTalk(
  title: string, attack: (server: Server, anna: CallPage) => Promise<Stranger[]>, options: string[] = [],
): void {
  scenario(title, { server: options }, async (scene) => {
    const { server } = scene;
    const before = await holdings(server);
    // When the people have gone, whatever is open still has been leaked.
    scene.atEnd(() => until(`the server holds no more than before (${before})`, async () => {
      const now = await holdings(server);
      if (now.every((count, index) => count <= (before[index] ?? 0))) return true;
      throw new Error(`${now}`);
    }));

    const [anna, ben] = await scene.call('chromium', 'firefox');
    const strangers: Stranger[] = [];
    await whileFramesGoOn([anna, ben], async () => {
      strangers.push(...await attack(server, anna));
      await anna.press('Microphone');
      await ben.says(/muted/i);
      await anna.press('Microphone');
    });
    await ben.press('Leave');
    await anna.reach('alone');
    await ben.press('Rejoin');
    await Promise.all([anna.meets(), ben.reach('call')]);
    for (const stranger of strangers) stranger.leave();
    for (const person of [anna, ben]) await person.press('Leave');
  });
}

/** What a connection costs the server: connections as it counts them, and descriptors as the kernel does. */
async function holdings(server: Server): Promise<[connections: number, descriptors: number]> {
  return [await server.metric('plntry_connections'), (await readdir(`/proc/${server.pid}/fd`)).length];
}

whilePeopleTalk('a hundred connections that say nothing, some half closed', async ({ port }) => {
  const strangers = await Promise.all(Array.from({ length: 100 }, () => Stranger.connect(port).catch(() => undefined)));
  const connected = strangers.filter((stranger) => stranger !== undefined);
  for (const stranger of connected.slice(0, 50)) stranger.socket.end();  // FIN, but still there to read
  return connected;
});

whilePeopleTalk('a request whose header comes a byte at a time is given up', async ({ port }) => {
  const stranger = await Stranger.connect(port);
  const header = `GET /${'a'.repeat(4_000)} HTTP/1.1\r\n`;
  let sent = 0;
  await until('the server has thrown the slow one out', async () => {
    stranger.send(header[sent] ?? 'a');
    sent += 1;
    await sleep(200);
    return stranger.thrownOut;
  });
  return [stranger];
});

whilePeopleTalk('bytes that are no protocol, and headers without end', async ({ port }) => {
  const strangers: Stranger[] = [];
  for (let round = 0; round < 30; round += 1) {
    const stranger = await Stranger.connect(port);
    const first = [0x16, 0x00, 0x47, 0x80, 0xff][round % 5] ?? 0;  // as if TLS, STUN, HTTP, and nothing known
    stranger.send(Buffer.concat([Buffer.from([first]), noise(`round ${round}`, 4_096)]));
    strangers.push(stranger);
  }
  const endless = await Stranger.connect(port);
  endless.send('GET / HTTP/1.1\r\n');
  endless.send(`X-Endless: ${'x'.repeat(1_000_000)}\r\n`);
  strangers.push(endless);
  await until('the server has thrown all of them out', () => strangers.every((stranger) => stranger.thrownOut));
  return strangers;
});

whilePeopleTalk('a thousand frames of junk from a participant of another room', async ({ port }) => {
  const stranger = await Stranger.joined(port, 'junk-yard');
  await until('the stranger is welcome', () => stranger.text.includes('"welcome"'));
  for (let frame = 0; frame < 1_000; frame += 1) {
    stranger.sendFrame(frame % 3 === 0 ? 2 : 1, noise(`frame ${frame}`, 1 + (frame * 37) % 2_000));
  }
  await until('the stranger is told why and thrown out', () => stranger.thrownOut && /bad_request|rate_limited|flooding/.test(stranger.text));
  return [stranger];
});

whilePeopleTalk('strangers who hammer the full room', async ({ port }, anna) => {
  const room = new URL(anna.link).pathname.slice(1);
  const strangers: Stranger[] = [];
  for (let knock = 0; knock < 40; knock += 1) strangers.push(await Stranger.joined(port, room));
  await until('each is refused', () => strangers.every((stranger) => stranger.thrownOut));
  assert.match(strangers[0]?.text ?? '', /room_full/);
  return strangers;
});

// docs/protocol.md §6: who does not read is a slow consumer, whatever another one sends it.
whilePeopleTalk('a participant who reads nothing while another one floods it', async (server) => {
  const deaf = await Stranger.joined(server.port, 'deaf-room');
  const id = await deaf.welcome();
  deaf.socket.pause();
  const flooder = await Stranger.joined(server.port, 'deaf-room');
  await flooder.welcome();
  const flood = Buffer.from(`{"type":"send","to":"${id}"}\n${'x'.repeat(60_000)}`);
  await until('the server gives the deaf one up', async () => {
    for (let frame = 0; frame < 5; frame += 1) flooder.sendFrame(1, flood);  // 50 a second are let pass
    return await server.metric('plntry_slow_consumers_total') === 1;
  });
  await until('the flooder is told', () => flooder.text.includes(`{"type":"away","id":"${id}"}`));
  assert.ok(!flooder.thrownOut);
  deaf.socket.resume();
  await until('the deaf one is thrown out', () => deaf.thrownOut);
  assert.equal(deaf.closeCode, 4005, 'and told why');
  return [deaf, flooder];
});

// docs/protocol.md §5. What is heard of the half-open one is its end, of the silent one nothing at all.
whilePeopleTalk('a participant who falls silent, and one whose connection is half open', async (server) => {
  const silent = await Stranger.joined(server.port, 'silent-room');
  const halfOpen = await Stranger.joined(server.port, 'silent-room');
  await Promise.all([silent.welcome(), halfOpen.welcome()]);
  halfOpen.socket.end();
  await until('the server has thrown both out', () => silent.thrownOut && halfOpen.thrownOut);
  assert.equal(await server.metric('plntry_websockets_dead_total'), 1);
  return [silent, halfOpen];
}, ['--ping-interval', '1s']);
