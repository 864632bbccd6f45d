// Programs under measurement: started, watched through /proc, and ended by their process id.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));

// Runs `command`; its last lines of output are told when it ends early.
export const start = (command, { stdin = "ignore", env = {} } = {}) => {
  const child = spawn(command[0], command.slice(1), { stdio: [stdin, "pipe", "pipe"], env: { ...process.env, ...env } });
  const state = { child, pid: child.pid, ended: false, tail: "" };
  running.add(child);
  child.once("error", (error) => { state.ended = true; state.tail += error.message; });
  child.once("exit", () => { state.ended = true; running.delete(child); });
  child.stderr.on("data", (text) => { state.tail = (state.tail + text).slice(-2000); });
  return state;
};

export const stop = async (state) => {
  if (state.ended) return;
  state.child.kill("SIGTERM");
  const patience = setTimeout(() => state.child.kill("SIGKILL"), 3000);
  await once(state.child, "exit");
  clearTimeout(patience);
};

// A program that prints one JSON object a line.
export const jsonLines = (state) => {
  const lines = createInterface({ input: state.child.stdout })[Symbol.asyncIterator]();
  return async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${state.child.spawnfile} ended: ${state.tail}`);
    return JSON.parse(value);
  };
};

export const freePort = async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
};

// In the network namespace of the process itself, where nobody else could ask.
const listens = (pid, port) => {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return [`/proc/${pid}/net/tcp`, `/proc/${pid}/net/tcp6`]
    .filter(existsSync)
    .flatMap((table) => readFileSync(table, "utf8").split("\n"))
    .map((line) => line.trim().split(/\s+/))
    .some(([, local, , state]) => state === "0A" && local.endsWith(ending));
};

export const untilListening = async (state, port) => {
  for (let tries = 0; tries < 1000 && !state.ended; ++tries) {
    if (listens(state.pid, port)) return;
    await sleep(10);
  }
  throw new Error(`${state.child.spawnargs.join(" ")} does not listen on port ${port}: ${state.tail}`);
};

const status = (pid, field) =>
  Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]);

// Resident memory in bytes.
export const residentBytes = (pid) => status(pid, "Rss") * 1024;

// CPU time of all threads, user and system, in seconds. The scheduler's own count: nanoseconds, not ticks.
export const cpuSeconds = (pid) =>
  readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]) / 1e9)
    .reduce((sum, seconds) => sum + seconds, 0);
