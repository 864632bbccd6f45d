// Start: from exec until the server listens, and until it has answered its first request.
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { tool } from "./paths.mjs";
import { freePort } from "./processes.mjs";
import { describeMachine, earlier, publish, table } from "./report.mjs";
import { commandOf, inTurns } from "./servers.mjs";
import { median, round, spread } from "./statistics.mjs";

const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "21" }, systems: { type: "string", default: "plntry,peer,socket.io" } },
});
const systems = options.systems.split(",");

const started = describeMachine();
const measured = Object.fromEntries(systems.map((system) => [system, []]));
for (const { system } of inTurns(systems, Number(options.rounds))) {
  const port = await freePort();
  const output = execFileSync(tool("start_clock"), [`${port}`, ...commandOf(system, port)], { stdio: ["ignore", "pipe", "pipe"] });
  measured[system].push(JSON.parse(output));
}

const values = (system, key) => measured[system].map((result) => result[key]);
const ours = measured.plntry ? median(values("plntry", "listening")) : undefined;
const rows = systems.map((system) => [
  system, spread(values(system, "listening"), 1), ours ? round(median(values(system, "listening")) / ours, 1) : "",
  spread(values(system, "answering"), 1),
]);
publish({
  name: "start", started, before: earlier("start", false), measured,
  goals: ours ? [[`listening after ${round(ours, 1)} ms ≤ 50 ms`, ours <= 50]] : [],
  tables: [table(["system", "listening ms", "÷ plntry", "first answer ms"], rows)],
});
