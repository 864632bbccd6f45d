// The page: what a browser with an empty cache loads until the call is up, how deep the requests hang that the first
// paint waits for, and when that paint comes at a distance S from the server.
import { parseArgs } from "node:util";
import { openMeetings } from "./meeting.mjs";
import { describeMachine, earlier, publish, table } from "./report.mjs";
import { inTurns } from "./servers.mjs";
import { median, round, spread } from "./statistics.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    more: { type: "boolean", default: false },
    distances: { type: "string", default: "0,100,200" },
    systems: { type: "string", default: "plntry,peer" },
  },
});
const systems = options.systems.split(",");
const distances = options.distances.split(",").map(Number);
const blocking = new Set(["Script", "Stylesheet"]);

// How many requests in a row, after the document, something blocking hangs on: 1 when the document names it.
const depthOf = (requests, { by }) => {
  const parent = requests.find(({ url, type }) => url === by && blocking.has(type));
  return parent ? 1 + depthOf(requests, parent) : 1;
};

const started = describeMachine();
const before = earlier("page", options.more);
const measured = distances.map((server) => {
  const had = before.measured?.find((other) => other.server === server)?.systems;
  return { server, systems: Object.fromEntries(systems.map((system) => [system, had?.[system] ?? []])) };
});
const done = measured[0].systems[systems[0]].length;
const meetings = await openMeetings(systems);
try {
  for (let turn = done; turn < done + Number(options.rounds); ++turn) {
    for (const cell of measured) {
      for (const { system } of inTurns(systems, turn + 1).slice(-systems.length)) {
        const { network, painted } = await meetings.meet(system, { server: cell.server, homes: 0 });
        const asked = network.find(({ type }) => type === "Document").at;
        const blocks = network.filter(({ type, at }) => blocking.has(type) && at - asked <= painted);
        cell.systems[system].push({
          bytes: network.reduce((sum, request) => sum + request.bytes, 0),
          requests: network.length, depth: Math.max(0, ...blocks.map((request) => depthOf(network, request))), painted,
          network: network.map(({ url, type, bytes }) => ({ path: new URL(url).pathname, type, bytes })),
        });
        const { bytes, requests, depth } = cell.systems[system].at(-1);
        console.log(`round ${turn + 1}  S ${cell.server}  ${system.padEnd(6)}  ${round(bytes / 1e3, 1)} kB in ${requests} requests, blocking depth ${depth}, painted after ${round(painted)} ms`);
      }
    }
  }
} finally {
  await meetings.close();
}

const values = (cell, system, key) => cell.systems[system].map((result) => result[key]);
const all = (system, key) => measured.flatMap((cell) => values(cell, system, key));
const rows = systems.map((system) => [
  system, spread(all(system, "bytes").map((bytes) => bytes / 1e3), 1), spread(all(system, "requests")), Math.max(...all(system, "depth")),
  ...measured.map((cell) => spread(values(cell, system, "painted"))),
]);
const largest = Math.max(...(systems.includes("plntry") ? all("plntry", "bytes") : [])) / 1e3;
const goals = systems.includes("plntry")
  ? [
      [`${round(largest, 1)} kB on the wire until the call is up ≤ 60 kB`, largest <= 60],
      [`blocking requests ${Math.max(...all("plntry", "depth"))} deep ≤ 1`, Math.max(...all("plntry", "depth")) <= 1],
    ]
  : [];
publish({
  name: "page", started, before, measured, goals,
  tables: [
    `An empty cache, ${done + Number(options.rounds)} rounds`,
    table(["system", "kB until the call is up", "requests", "blocking depth", ...distances.map((server) => `first paint at S ${server}, ms`)], rows),
    ...systems.map((system) => `${system}: ${measured[0].systems[system][0].network.map(({ path, bytes }) => `${path} ${round(bytes / 1e3, 1)} kB`).join(", ")}`),
  ],
});
