// Idle cost: the resident memory of a server before anyone came, and what each idle participant adds once it has sent
// and received a message of 3 kB.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { readFileSync } from "node:fs";
import { tool } from "./paths.mjs";
import { jsonLines, residentBytes, start, stop } from "./processes.mjs";
import { describeMachine, earlier, publish, table } from "./report.mjs";
import { inTurns, startServer } from "./servers.mjs";
import { median, round, spread } from "./statistics.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    participants: { type: "string" },
    bytes: { type: "string", default: "3000" },
    systems: { type: "string", default: "plntry,peer,socket.io" },
    more: { type: "boolean", default: false },
  },
});
const systems = options.systems.split(",");
const descriptors = Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))[1]);
const participants = Number(options.participants ?? (descriptors > 10_100 ? 10_000 : 8_000));
const settling = 5000;

const measure = async (system) => {
  const { server, port, pid } = await startServer(system);
  try {
    await sleep(1500);
    const base = residentBytes(pid);
    const load = start([tool("load"), "idle", system, `${port}`, `${participants}`, options.bytes], { stdin: "pipe" });
    const next = jsonLines(load);
    await next();
    await sleep(settling);
    const full = residentBytes(pid);
    load.child.stdin.end();
    await stop(load);
    return { base: base / 1e6, each: (full - base) / participants / 1e3 };
  } finally {
    await stop(server);
  }
};

const started = describeMachine();
const before = earlier("idle", options.more);
const measured = Object.fromEntries(systems.map((system) => [system, before.measured?.[system] ?? []]));
const done = measured[systems[0]].length;
for (const { system, turn } of inTurns(systems, Number(options.rounds))) {
  const result = await measure(system);
  measured[system].push(result);
  console.log(`round ${done + turn + 1}  ${system.padEnd(9)}  base ${round(result.base, 1)} MB, ${round(result.each, 2)} kB a participant`);
}

const values = (system, key) => measured[system].map((result) => result[key]);
const middle = (system, key) => median(values(system, key));
const ratio = (system, key) => (measured.plntry ? round(middle(system, key) / middle("plntry", key), 1) : "");
const rows = systems.map((system) => [
  system, spread(values(system, "base"), 1), ratio(system, "base"), spread(values(system, "each"), 2), ratio(system, "each"),
]);
const goals = measured.plntry
  ? [
      [`base ${round(middle("plntry", "base"), 1)} MB ≤ 12 MB`, middle("plntry", "base") <= 12],
      [`${round(middle("plntry", "each"), 2)} kB a participant ≤ 6 kB (stretch 4)`, middle("plntry", "each") <= 6],
    ]
  : [];
publish({
  name: "idle", started, before, measured: { participants, ...measured }, goals,
  tables: [`${participants} participants, ${options.bytes} bytes sent and received by each, ${done + Number(options.rounds)} rounds`,
    table(["system", "base MB", "÷ plntry", "kB a participant", "÷ plntry"], rows)],
});
