// Where and how a benchmark ran, its table on the terminal, and everything measured as JSON for later.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { root } from "./paths.mjs";

const firstLine = (command, args) => {
  try {
    return execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n")[0];
  } catch {
    return "unknown";
  }
};

const system = () => /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown";

export const describeMachine = () => ({
  date: new Date().toISOString(),
  commit: firstLine("git", ["rev-parse", "--short", "HEAD"]),
  cpu: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
  memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
  system: `${system()}, Linux ${release().split("-")[0]}`,
  node: process.version,
  load: loadavg().map((value) => value.toFixed(2)).join(" "),
});

export const table = (header, rows) => {
  const lines = [header, header.map(() => "---"), ...rows].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const filled = (line) =>
    line.map((cell, column) => (cell === "---" ? "-".repeat(widths[column]) : cell.padEnd(widths[column])));
  return lines.map((line) => `| ${filled(line).join(" | ")} |`).join("\n");
};

export const verdict = (reached) => (reached ? "reached" : "**missed**");

const folder = `${root}/build/bench/results`;

// What a run with `--more` adds its rounds to: the values of the runs before, and where each ran.
export const earlier = (name, more) => {
  const file = `${folder}/${name}.json`;
  return more && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { runs: [], measured: undefined };
};

// Prints the report and keeps it in build/bench/results. `goals` is a list of [text, reached].
export const publish = ({ name, started, before = { runs: [] }, tables, goals, measured }) => {
  const runs = [...before.runs, { ...started, loadAtEnd: describeMachine().load }];
  const { cpu, memory, system, node } = started;
  const text = [
    ...tables,
    goals.map(([goal, reached]) => `- Goal ${verdict(reached)}: ${goal}`).join("\n"),
    `${cpu}, ${memory}, ${system}, Node ${node}; ` +
      runs.map(({ date, commit, load, loadAtEnd }) => `${date}, commit ${commit}, load ${load} before, ${loadAtEnd} after`).join("; "),
  ].join("\n\n");
  console.log(`\n${text}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${name}.json`, JSON.stringify({ runs, measured }, null, 1));
  writeFileSync(`${folder}/${name}.md`, `${text}\n`);
};
