// Two people in two homes who meet over one of the systems, with stock Chromium and the system's own page: from warm
// lobbies to the first decoded frame of the other.
import { setTimeout as sleep } from "node:timers/promises";
import { launchChromium, observeCall, stepsOf, untilFrame } from "./chromium.mjs";
import { openDistance } from "./distance.mjs";
import { watchNetwork } from "./network.mjs";
import { bench, plntry } from "./paths.mjs";
import { start, stop, untilListening } from "./processes.mjs";
import { round } from "./statistics.mjs";

const ports = { plntry: 48080, peer: 49000, page: 49001 };
const settled = (server) => sleep(1500 + 4 * server);  // the lobby is warm: devices open, nothing in flight

const button = (name) => `::-p-aria([name="${name}"][role="button"])`;
const untilReady = (page) => page.waitForFunction(() => "ready" in document.body.dataset, { polling: 50, timeout: 30_000 });
const untilMirrored = (page) =>
  page.waitForFunction(() => [...document.querySelectorAll("video")].some((video) => video.videoWidth > 0), { polling: 50 });

// Each system opens both lobbies and returns the button that the joiner presses; the other one waits already.
const lobbies = {
  // A person looks into the mirror for a second or more before "Join"; meanwhile the page opens its WebSocket.
  plntry: async ({ origin, waiter, joiner, server }) => {
    await waiter.page.goto(origin.plntry);
    await waiter.page.locator(button("Start a call")).click();
    await waiter.page.locator(button("Join")).wait();
    await waiter.page.waitForFunction(() => location.pathname.length > 1, { polling: 50 });
    await joiner.page.goto(await waiter.page.evaluate(() => location.href));
    const join = await joiner.page.locator(button("Join")).waitHandle();
    await Promise.all([untilMirrored(joiner.page), joiner.network.untilWebSocket(), waiter.network.untilWebSocket()]);
    await settled(server);
    await waiter.page.locator(button("Join")).click();
    await waiter.page.locator(button("Copy link")).wait();
    await settled(server);
    return join;
  },
  peer: async ({ origin, waiter, joiner, server }) => {
    await waiter.page.goto(`${origin.page}/?me=waiter&other=joiner&port=${ports.peer}`);
    await joiner.page.goto(`${origin.page}/?me=joiner&other=waiter&port=${ports.peer}`);
    await Promise.all([untilReady(waiter.page), untilReady(joiner.page)]);
    await settled(server);
    return joiner.page.$("#call");
  },
};

const openPage = async ({ browser }) => {
  const [page] = await browser.pages();
  await page.evaluateOnNewDocument(observeCall);
  return { page, network: await watchNetwork(page) };
};

const meet = async (system, distance, { server, homes }) => {
  await distance.set(server, homes);
  const host = distance.server.address;
  const origin = { plntry: `http://${host}:${ports.plntry}`, page: `http://${host}:${ports.page}` };
  const browsers = await Promise.all(
    distance.homes.map((namespace) => launchChromium({ namespace, secureOrigins: Object.values(origin) })),
  );
  try {
    const [waiter, joiner] = await Promise.all(browsers.map(openPage));
    const join = await lobbies[system]({ origin, waiter, joiner, server });
    const pressed = await join.evaluate((element) => {
      const now = performance.timeOrigin + performance.now();
      element.click();
      return now;
    });
    await Promise.all([untilFrame(joiner.page), untilFrame(waiter.page)]);
    const arrived = await stepsOf(joiner.page);
    const since = (steps) => Object.fromEntries(Object.entries(steps).map(([step, at]) => [step, round(at - pressed, 1)]));
    return {
      joiner: since(arrived), waiter: since(await stepsOf(waiter.page)),
      // What explains the call is loaded once it is up, while the other end may still wait for its first frame.
      network: joiner.network.requests().filter(({ at }) => at <= arrived.frame), painted: await paintedAfter(joiner.page),
    };
  } finally {
    await Promise.all(browsers.map(({ close }) => close()));
  }
};

// Milliseconds from the navigation to the first paint with content.
const paintedAfter = (page) =>
  page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);

const serve = async (systems, distance) => {
  const { namespace, address } = distance.server;
  const commands = {
    plntry: [[ports.plntry, plntry, "serve", "--listen", `${address}:${ports.plntry}`]],
    peer: [
      [ports.peer, process.execPath, `${bench}/node_modules/peer/dist/bin/peerjs.js`, "--host", address, "--port", `${ports.peer}`],
      [ports.page, process.execPath, `${bench}/peers/peerjs_page.mjs`, address, `${ports.page}`],
    ],
  };
  return Promise.all(
    systems.flatMap((system) => commands[system]).map(async ([port, ...command]) => {
      const server = start(distance.inside(namespace, command));
      server.child.stdout.resume();
      await untilListening(server, port);
      return server;
    }),
  );
};

// The servers of all `systems`, far from both homes. `meet` takes the round trips in milliseconds: browser–server, and
// between the browsers.
export const openMeetings = async (systems) => {
  const distance = await openDistance();
  const servers = await serve(systems, distance);
  return {
    meet: (system, roundTrips) => meet(system, distance, roundTrips),
    close: async () => {
      await Promise.all(servers.map(stop));
      await distance.close();
    },
  };
};
