// Set-up: from the press of the button in a warm lobby to the first decoded frame of the other, plntry against the
// peerjs client with the peer server. S is the round trip browser–server, P the one between the browsers.
import { parseArgs } from "node:util";
import { openMeetings } from "./meeting.mjs";
import { describeMachine, earlier, publish, table } from "./report.mjs";
import { inTurns } from "./servers.mjs";
import { median, round, spread } from "./statistics.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    cells: { type: "string", default: "0:0,50:50,100:100,200:200,200:50,50:200" },
    systems: { type: "string", default: "plntry,peer" },
    more: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const systems = options.systems.split(",");
const goalOf = ({ server, homes }) => server + 3 * homes + 120;

const started = describeMachine();
const before = earlier("setup", options.more);
const measured = options.cells.split(",").map((cell) => {
  const [server, homes] = cell.split(":").map(Number);
  const had = before.measured?.find((other) => other.server === server && other.homes === homes)?.systems;
  return { server, homes, systems: Object.fromEntries(systems.map((system) => [system, had?.[system] ?? []])) };
});
const done = measured[0].systems[systems[0]].length;
const meetings = await openMeetings(systems);
try {
  for (let turn = done; turn < done + Number(options.rounds); ++turn) {
    for (const cell of measured) {
      for (const { system } of inTurns(systems, turn + 1).slice(-systems.length)) {
        const { joiner, waiter } = await meetings.meet(system, cell);
        cell.systems[system].push({ joiner, waiter });
        console.log(`round ${turn + 1}  S ${cell.server} P ${cell.homes}  ${system.padEnd(6)}  joiner ${joiner.frame} ms, waiter ${waiter.frame} ms`);
        if (options.verbose) console.log(JSON.stringify({ joiner, waiter }));
      }
    }
  }
} finally {
  await meetings.close();
}

const frames = (cell, system, side) => cell.systems[system].map((result) => result[side].frame);
const middle = (cell, system) => median(frames(cell, system, "joiner"));
const compared = systems.includes("plntry") && systems.includes("peer");
const rows = measured.map((cell) => [
  cell.server, cell.homes, ...systems.map((system) => spread(frames(cell, system, "joiner"))),
  compared ? round(middle(cell, "peer") / middle(cell, "plntry"), 2) : "", goalOf(cell),
  ...systems.map((system) => spread(frames(cell, system, "waiter"))),
]);
const goals = compared
  ? measured.map((cell) => {
      const ours = middle(cell, "plntry");
      const text = `joiner's first frame at S ${cell.server}, P ${cell.homes}: ${round(ours)} ms ≤ S + 3 P + 120 = ${goalOf(cell)} ms, and before peer`;
      return [text, ours <= goalOf(cell) && ours < middle(cell, "peer")];
    })
  : [];
publish({
  name: "setup", started, before, measured, goals,
  tables: [
    `Milliseconds from "Join" to the first frame, ${done + Number(options.rounds)} rounds`,
    table(
      ["S ms", "P ms", ...systems.map((system) => `joiner: ${system}`), "peer ÷ plntry", "goal", ...systems.map((system) => `waiter: ${system}`)],
      rows,
    ),
  ],
});
