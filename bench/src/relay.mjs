// The relay beside coturn and pion: CPU time of a delivered packet, the highest rate, allocations a second, and memory.
// Each cell's results are kept, so that a long benchmark can be run a few cells at a time.
import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { root } from "./paths.mjs";
import { pinSelf, schedule } from "./cores.mjs";
import { cells, growing } from "./relay_cells.mjs";
import { measureAllocate, measureMedia } from "./relay_measure.mjs";
import { describeMachine, publish, table } from "./report.mjs";
import { inTurns } from "./servers.mjs";
import { median, round, spread } from "./statistics.mjs";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    seconds: { type: "string" },
    only: { type: "string", default: cells.map(({ name }) => name).join(",") },
    systems: { type: "string", default: "plntry,coturn,pion" },
    realtime: { type: "boolean", default: false },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
const seconds = Number(options.seconds ?? (options.quick ? 1 : 2));
const systems = options.systems.split(",");
const names = options.only.split(",");
const unknown = names.filter((name) => !cells.some((cell) => cell.name === name));
if (unknown.length) throw new Error(`no such cell: ${unknown.join(", ")}; there are ${cells.map(({ name }) => name).join(", ")}`);

const measure = async (system, cell, turn) => {
  if (cell.name === "allocate") return measureAllocate(system, cell);
  return measureMedia(system, cell, { seconds, search: cell.search && turn === 0 && !options.quick });
};
const told = (result) =>
  result.perSecond
    ? `${round(result.perSecond)} allocations/s, ${round(result.kilobytes, 1)} kB each`
    : `${round(result.cost, 2)} µs a packet at ${round(result.rate)}/s, ${round(result.loss * 100, 2)} % lost` +
      (result.highest ? `, highest ${result.highest}/s${result.generatorBound ? " (the generator's own)" : ""}` : "");

pinSelf();
schedule.isRealtime = options.realtime;
const started = describeMachine();
const kept = `${root}/build/bench/results/relay.json`;
const measured = existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")).measured : {};
for (const cell of cells.filter(({ name }) => names.includes(name))) {
  const results = Object.fromEntries(systems.map((system) => [system, []]));
  for (const { system, turn } of inTurns(systems, rounds)) {
    const result = await measure(system, cell, turn);
    results[system].push(result);
    console.log(`round ${turn + 1}  ${cell.name}  ${system}: ${told(result)}${result.disturbed ? " (disturbed)" : ""}`);
  }
  measured[cell.name] = { date: started.date, commit: started.commit, realtime: options.realtime, results };
}

const values = (name, system, key) => (measured[name]?.results[system] ?? []).map((result) => result[key]);
// How much more `system` costs than plntry, round by round.
const ratios = (name, system, key = "cost") => {
  const ours = values(name, "plntry", key);
  return values(name, system, key).slice(0, ours.length).map((value, turn) => (key === "cost" ? value / ours[turn] : ours[turn] / value));
};
const shown = (list, digits) => (list.length ? spread(list, digits) : "");
const top = (name, system) => {
  const found = measured[name].results[system].filter((result) => result.highest);
  return found.length ? `${found.some((result) => result.generatorBound) ? "≥ " : ""}${round(median(found.map((result) => result.highest)) / 1e3)}k` : "";
};
const measuredSystems = (name) => Object.keys(measured[name].results);

const mediaTable = (cell) =>
  table(
    ["system", "CPU µs a packet", "÷ plntry", "lost %", "highest rate /s"],
    measuredSystems(cell.name).map((system) => [
      system, spread(values(cell.name, system, "cost"), 2), shown(ratios(cell.name, system), 2),
      round(median(values(cell.name, system, "loss")) * 100, 2), top(cell.name, system),
    ]),
  );
const allocateTable = () =>
  table(
    ["system", "allocations/s a core", "plntry ÷", "kB an allocation"],
    measuredSystems("allocate").map((system) => [
      system, spread(values("allocate", system, "perSecond")), shown(ratios("allocate", system, "perSecond"), 2),
      spread(values("allocate", system, "kilobytes"), 1),
    ]),
  );
const caption = (cell) => {
  const { commit, realtime, results } = measured[cell.name];
  const disturbed = Object.values(results).flat().filter((result) => result.disturbed).length;
  const rate = cell.rate > 0 ? `, ${cell.rate / 1e3}k packets/s` : "";
  const clients = cell.name === "allocate" || /allocations?$/.test(cell.text) ? "" : `, ${cell.clients} allocations`;
  return `**${cell.text}**${clients}${rate}${commit === started.commit ? "" : ` (commit ${commit})`}` +
    (realtime ? " (real-time on a machine in use)" : "") + (disturbed ? ` (${disturbed} of the measurements were disturbed)` : "");
};

const costGoals = cells.flatMap((cell) => {
  const found = cell.goal && measured[cell.name] ? ratios(cell.name, "coturn") : [];
  if (!found.length) return [];
  const stretch = cell.stretch ? ` (stretch ${cell.stretch})` : "";
  return [[`${cell.text}: coturn costs ${shown(found, 2)} × as much ≥ ${cell.goal}${stretch}`, median(found) >= cell.goal]];
});
const flatness = () => {
  if (!growing.every((name) => values(name, "plntry", "cost").length)) return [];
  const costs = growing.map((name) => median(values(name, "plntry", "cost")));
  const middle = (Math.max(...costs) + Math.min(...costs)) / 2;
  const off = round((Math.max(...costs) / middle - 1) * 100, 1);
  return [[`from 1 to 1,000 allocations ${costs.map((cost) => round(cost, 2)).join(", ")} µs: ± ${off} % ≤ 10 %`, off <= 10]];
};
const allocateGoals = () => {
  const found = measured.allocate ? ratios("allocate", "coturn", "perSecond") : [];
  if (!found.length) return [];
  const kilobytes = median(values("allocate", "plntry", "kilobytes"));
  return [
    [`Allocate with its 401: ${shown(found, 2)} × coturn's rate ≥ 2`, median(found) >= 2],
    [`${round(kilobytes, 1)} kB a fresh allocation ≤ 5`, kilobytes <= 5],
  ];
};

publish({
  name: "relay", started, measured,
  tables: cells.filter(({ name }) => measured[name]).flatMap((cell) => [caption(cell), cell.name === "allocate" ? allocateTable() : mediaTable(cell)]),
  goals: [...costGoals, ...flatness(), ...allocateGoals()],
});
