import { Cable } from '../../tests/e2e/harness/cable.ts';
import { changingFingerprints, refusingAll } from '../../tests/e2e/harness/tampering.ts';

// The states of the page, in the order of the index. Each function is a scene of its own.

/** These run in the page, before its own script. */
const refuse = {
  camera: (name) => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      if (constraints?.video) throw new DOMException('', name);
      return ask(constraints);
    };
  },
};
const noCamera = `(${refuse.camera})('NotFoundError')`;
const cameraInUse = `(${refuse.camera})('NotReadableError')`;
const withoutCalls = 'crypto.subtle.importKey = () => Promise.reject(new Error())';
const tooOld = 'delete window.RTCPeerConnection';

const kStageOnly = ['dark'];

async function home(studio) {
  const { origin } = await studio.server();
  const anna = await studio.person('Anna');
  await anna.visit(origin);
  await studio.picture(anna, 'home', 'Home');
}

async function lobby(studio) {
  const server = await studio.server();
  const anna = await studio.person('Anna');
  await anna.visit(`${server.origin}/garden-club`);
  await studio.introduce(anna);
  await anna.page.waitForSelector('.preview video');
  await anna.says(/Locked-down office : /);
  await studio.picture(anna, 'lobby', 'Lobby');

  const variants = [
    ['lobby-denied', 'Permission denied', { permission: 'deny' }, /may not use/],
    ['lobby-no-camera', 'No camera', { prepare: noCamera }, /No camera was found/],
    ['lobby-camera-in-use', 'Camera in use by another program', { prepare: cameraInUse }, /Another program/],
  ];
  for (const [state, shows, options, words] of variants) {
    const person = await studio.person('Anna', options);
    await person.visit(`${server.origin}/garden-club`);
    await person.says(words);
    await studio.picture(person, state, shows);
  }

  await server.crash();
  await anna.join();
  await anna.says(/Next try in/);
  await studio.picture(anna, 'lobby-unreachable', 'Joining while the server cannot be reached');
}

async function hereOnly(studio) {
  const { port } = await studio.server();
  const anna = await studio.person('Anna');
  await studio.join(anna, `http://localhost:${port}/garden-club#AAAAAAAAAAAAAAAAAAAAAA`);
  await anna.says(/works on this device only/);
  await anna.page.waitForSelector('.qr');
  await studio.picture(anna, 'alone-on-localhost', 'Alone, and the link works on this device only', kStageOnly);
}

async function call(studio) {
  const server = await studio.server();
  const [anna, ben] = [await studio.person('Anna'), await studio.person('Ben')];
  await anna.visit(server.origin.replace('127.0.0.1', 'call.plntry.example'));
  await anna.press('Start a call');
  await studio.introduce(anna);
  await anna.join();
  await anna.reach('alone');
  await anna.page.waitForSelector('.qr');
  await studio.picture(anna, 'alone', 'Alone in the room', kStageOnly);

  await studio.join(ben, anna.link);
  await Promise.all([anna.meets(), ben.meets()]);
  await studio.picture(anna, 'call', 'The call', kStageOnly);
  await anna.press('Devices');
  await studio.picture(anna, 'call-devices', 'Changing devices in the call', kStageOnly);
  await anna.press('Close');
  await anna.press('Network');
  await anna.says(/Setting up took/);
  await studio.picture(anna, 'call-network', 'How the call goes, and why', kStageOnly);
  await anna.press('Close');
  for (const name of ['Microphone', 'Camera']) await ben.press(name);
  await anna.says(/muted/);
  await studio.picture(anna, 'call-muted', 'The other is muted, camera off', kStageOnly);
  for (const name of ['Microphone', 'Camera']) await ben.press(name);
  await anna.meets();

  await server.crash();
  await anna.says(/Next try in/);
  await studio.picture(anna, 'call-unreachable', 'The server cannot be reached, the call goes on', kStageOnly);
  await server.startAgain();
  await anna.says(/^(?!.*cannot be reached)/); // by itself, within ten seconds

  await studio.crash(ben);
  await anna.says(/connection dropped/);
  await studio.picture(anna, 'call-away', 'The other’s connection dropped', kStageOnly);
  await anna.press('Leave');
  await anna.reach('left');
  await studio.picture(anna, 'left', 'After leaving');
}

async function apart(studio) {
  const server = await studio.server('--relay', 'off', '--ice-server', JSON.stringify({ urls: 'turn:127.0.0.1:9', username: 'x', credential: 'x' }));
  const [anna, ben] = [await studio.person('Anna'), await studio.person('Ben')];
  const room = `${server.origin}/garden-club?relay#AAAAAAAAAAAAAAAAAAAAAA`;
  await studio.join(anna, room);
  await anna.reach('alone');
  await studio.join(ben, room);
  await anna.says(/No route/);
  await studio.picture(anna, 'call-no-route', 'No route, and why', kStageOnly);
}

async function check(studio) {
  const { origin } = await studio.server('--public-address', '127.0.0.1', '--relay-allow', '127.0.0.0/8');
  const anna = await studio.person('Anna');
  await anna.visit(`${origin}/check`);
  await anna.press('Start the check');
  await anna.says(/Copy report/);
  await studio.picture(anna, 'check', 'Checking the network');
}

async function refused(studio) {
  const { origin } = await studio.server();
  const [anna, ben] = [await studio.person('Anna'), await studio.person('Ben')];
  const room = `${origin}/book-circle`;
  await studio.join(anna, room);
  await studio.join(ben, room);
  await Promise.all([anna.meets(), ben.meets()]);

  const cleo = await studio.person('Cleo');
  await studio.join(cleo, room);
  await cleo.says(/room is full/);
  await studio.picture(cleo, 'room-full', 'The room is full');

  const second = await studio.person('Anna', { beside: anna });
  await studio.join(second, room);
  await second.says(/open in another tab/);
  await studio.picture(second, 'open-in-another-tab', 'The room is full, and one of the seats is one’s own');
  await second.press('Use it here');
  await anna.says(/ended here/);
  await studio.picture(anna, 'moved-to-another-tab', 'The call was moved to another tab');
}

async function words(studio) {
  const { origin } = await studio.server();
  const [anna, ben] = [await studio.person('Anna'), await studio.person('Ben')];
  await studio.join(anna, `${origin.replace('127.0.0.1', 'call.plntry.example')}/garden-club`);
  await anna.reach('alone');
  await anna.page.waitForSelector('.qr');
  await studio.picture(anna, 'alone-without-key', 'Alone in a room without a key', kStageOnly);
  await studio.join(ben, `${origin}/garden-club`);
  await Promise.all([anna.meets(), ben.meets()]);
  await anna.says(/Compare these words/);
  await studio.picture(anna, 'call-words', 'Words to compare in a room without a key', kStageOnly);
  await anna.press('They differ');
  await studio.picture(anna, 'words-differ', 'The words were not the same');
}

async function keys(studio) {
  const { origin } = await studio.server();
  const [anna, ben] = [await studio.person('Anna'), await studio.person('Ben')];
  await studio.join(anna, `${origin}/tea-room#AAAAAAAAAAAAAAAAAAAAAA`);
  await anna.reach('alone');
  await studio.join(ben, `${origin}/tea-room#BBBBBBBBBBBBBBBBBBBBBA`);
  await ben.says(/Your link does not fit this call/);
  await studio.picture(ben, 'key-differs', 'The link’s key is another than the others’');

  const cleo = await studio.person('Cleo');
  await cleo.visit(`${origin}/tea-room#AAAA`);
  await cleo.says(/This link is not complete/);
  await studio.picture(cleo, 'key-incomplete', 'The link’s key is incomplete');
}

async function four(studio) {
  const { origin } = await studio.server('--room-capacity', '5');
  const people = [];
  for (const name of ['Anna', 'Ben', 'Cleo', 'Dora']) people.push(await studio.person(name));
  for (const person of people) await studio.join(person, `${origin}/four-of-us#AAAAAAAAAAAAAAAAAAAAAA`);
  await people[0].meets(3);
  await studio.picture(people[0], 'call-four', 'Four in the call', kStageOnly);
}

async function invite(studio) {
  const { origin } = await studio.server('--room-capacity', '3');
  const [anna, ben] = [await studio.person('Anna'), await studio.person('Ben')];
  const room = `${origin.replace('127.0.0.1', 'call.plntry.example')}/garden-club#AAAAAAAAAAAAAAAAAAAAAA`;
  await studio.join(anna, room);
  await anna.reach('alone');
  await studio.join(ben, room);
  await Promise.all([anna.meets(), ben.meets()]);
  await anna.press('Invite');
  await anna.page.waitForSelector('.qr');
  await studio.picture(anna, 'call-invite', 'Inviting somebody into the call', kStageOnly);
}

async function refusals(studio) {
  const { port, origin } = await studio.server();
  const anna = await studio.person('Anna');
  await anna.visit(`${origin}/ab`);
  await anna.says(/not a room name/);
  await studio.picture(anna, 'no-room-name', 'An address that is no room’s');

  const refusing = await studio.person('Anna', { prepare: withoutCalls });
  await studio.join(refusing, `${origin}/garden-club#AAAAAAAAAAAAAAAAAAAAAA`);
  await refusing.says(/did not let the call begin/);
  await studio.picture(refusing, 'browser-refused', 'A browser that refuses what calls are made of');

  const cable = await Cable.lay(port);
  try {
    for (const [code, reason, state, shows] of [
      [4000, 'bad_request', 'misunderstood', 'The page and the server misunderstood each other'],
      [4001, 'unsupported_version', 'out-of-date', 'The server has been updated, and the page has not'],
    ]) {
      cable.tamper(refusingAll(code, reason));
      const ben = await studio.person('Ben');
      await studio.join(ben, `${cable.origin}/garden-club`);
      await ben.reach('error');
      await studio.picture(ben, state, shows);
    }
    cable.tamper(changingFingerprints());
    const [cleo, dora] = [await studio.person('Cleo'), await studio.person('Dora')];
    await studio.join(cleo, `${origin}/tea-room`); // the refused hold seats in the other one
    await cleo.reach('alone');
    await studio.join(dora, `${cable.origin}/tea-room`);
    await dora.says(/in the middle/);
    await studio.picture(dora, 'man-in-the-middle', 'Somebody changed a certificate on the way');
  } finally {
    await cable.cut();
  }
}

async function unfit(studio) {
  const { origin, port } = await studio.server();
  const anna = await studio.person('Anna');
  await anna.visit(`http://insecure.example:${port}/garden-club`);
  await anna.says(/This address is not secure/);
  await studio.picture(anna, 'insecure', 'An address that is not secure');
  const old = await studio.person('Anna', { prepare: tooOld });
  await old.visit(`${origin}/garden-club`);
  await old.says(/This browser is too old/);
  await studio.picture(old, 'browser-too-old', 'A browser that is too old');
}

export const kTour = [home, lobby, call, hereOnly, apart, check, words, four, invite, refused, refusals, keys, unfit];
