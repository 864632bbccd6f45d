// Relaying: the CPU time that a server spends on a million messages, and how long each takes, at fixed rates, in the
// trains that an offer and its candidates make, and as fast as the server can. `floor` is no server: it reads and
// sends the same bytes and does nothing else, so it shows what of the cost is the kernel's.
import { parseArgs } from "node:util";
import { tool } from "./paths.mjs";
import { cpuSeconds, jsonLines, start, stop } from "./processes.mjs";
import { describeMachine, earlier, publish, table } from "./report.mjs";
import { inTurns, startServer } from "./servers.mjs";
import { median, round, spread } from "./statistics.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    participants: { type: "string", default: "200" },
    bytes: { type: "string", default: "3000" },
    // Messages a second, and how many small ones go in the train of each message of `bytes`; 0: as fast as possible.
    cells: { type: "string", default: "3000:0,10000:0,20000:0,11000:10,0:0" },
    seconds: { type: "string", default: "5" },
    systems: { type: "string", default: "plntry,peer,socket.io,floor" },
    more: { type: "boolean", default: false },
  },
});
const systems = options.systems.split(",");
const cells = options.cells.split(",").map((cell) => {
  const [rate, candidates] = cell.split(":").map(Number);
  const paced = candidates ? `${rate}/s, trains of 1 × ${options.bytes} bytes and ${candidates} × 300` : `${rate}/s of ${options.bytes} bytes`;
  return { rate, candidates, name: rate ? paced : `${options.bytes} bytes, as fast as it can` };
});

const measure = async (system, { rate, candidates }) => {
  const { server, port, pid } = await startServer(system);
  try {
    const load = start(
      [tool("load"), "relay", system.split(" ")[0], port, options.participants, options.bytes, rate, options.seconds, candidates].map(String),
      { stdin: "pipe" },
    );
    const next = jsonLines(load);
    if ((await next()).event !== "ready") return undefined;
    const before = { cpu: cpuSeconds(pid), at: performance.now() };
    load.child.stdin.write("go\n");
    const { event, messages, p50, p99, lateness } = await next();
    const cpu = cpuSeconds(pid) - before.cpu;
    const seconds = (performance.now() - before.at) / 1e3;
    await stop(load);
    return event === "relayed" ? { cpu: (cpu / messages) * 1e6, p50, p99, lateness, throughput: messages / seconds } : undefined;
  } finally {
    await stop(server);
  }
};

const started = describeMachine();
const before = earlier("relaying", options.more);
const measured = cells.map((cell) => {
  const had = before.measured?.find(({ name }) => name === cell.name)?.systems;
  return { ...cell, systems: Object.fromEntries(systems.map((system) => [system, had?.[system] ?? []])) };
});
const done = measured[0].systems[systems[0]].length;
for (let turn = done; turn < done + Number(options.rounds); ++turn) {
  for (const cell of measured) {
    for (const { system } of inTurns(systems, turn + 1).slice(-systems.length)) {
      const result = await measure(system, cell);
      cell.systems[system].push(result);
      const told = result
        ? `${round(result.cpu, 1)} CPU s a million, p50 ${result.p50} µs, p99 ${result.p99} µs, ${round(result.throughput)}/s (generator late by ${result.lateness} µs at worst)`
        : "fell a second behind";
      console.log(`round ${turn + 1}  ${cell.name}  ${system}: ${told}`);
    }
  }
}

// Only what kept up in each round has numbers.
const values = (cell, system, key) => (cell.systems[system] ?? []).map((result) => result?.[key]);
const kept = (cell, system) => values(cell, system, "cpu").length > 0 && values(cell, system, "cpu").every((value) => value !== undefined);
const ratio = (cell, system, to = "plntry") =>
  kept(cell, system) && kept(cell, to) ? round(median(values(cell, system, "cpu")) / median(values(cell, to, "cpu")), 2) : "";

const tableOf = (cell) =>
  table(
    ["system", "CPU s a million", "÷ plntry", "p50 µs", "p99 µs", "messages/s"],
    systems.map((system) =>
      kept(cell, system)
        ? [
            system, spread(values(cell, system, "cpu"), 1), ratio(cell, system), spread(values(cell, system, "p50")),
            spread(values(cell, system, "p99")), spread(values(cell, system, "throughput")),
          ]
        : [system, "does not keep up", "", "", "", ""],
    ),
  );
const goals = measured
  .filter((cell) => ratio(cell, "peer") !== "")
  .map((cell) => [`${cell.name}: ${ratio(cell, "peer")} × less CPU than peer ≥ 5 ×`, ratio(cell, "peer") >= 5]);
publish({
  name: "relaying", started, before, measured, goals,
  tables: measured.flatMap((cell) => [`${cell.name}, among ${options.participants} participants, ${options.seconds} s, rounds: ${cell.systems[systems[0]].length}`, tableOf(cell)]),
});
