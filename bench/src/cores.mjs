// One core for what is measured and another for what measures it, and what the kernel says that they spent.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { gunzipSync } from "node:zlib";
import { cpuSeconds } from "./processes.mjs";

const count = cpus().length;
export const serverCore = count - 1;
export const loadCore = 0;
// On a machine that others use too: they get what the measured programs leave of their cores, and 5 % that the kernel
// keeps from real-time programs.
export const schedule = { isRealtime: false };
export const pinned = (core, command) => ["taskset", "-c", `${core}`, ...(schedule.isRealtime ? ["chrt", "--rr", "5"] : []), ...command];
// This program too: it must not wake up on the server's core.
export const pinSelf = () => execFileSync("taskset", ["-a", "-p", "-c", `${loadCore}`, `${process.pid}`], { stdio: "ignore" });

// With CONFIG_IRQ_TIME_ACCOUNTING the scheduler leaves interrupts out of a thread's time; without, whatever interrupts
// a thread is counted as the thread's. A kernel whose configuration nobody can read is taken for one with it.
const accountsInterrupts = () => {
  const [packed, plain] = ["/proc/config.gz", `/boot/config-${release()}`];
  const config = existsSync(packed) ? gunzipSync(readFileSync(packed)).toString() : existsSync(plain) ? readFileSync(plain, "utf8") : undefined;
  return config === undefined || config.includes("CONFIG_IRQ_TIME_ACCOUNTING=y");
};
const interruptsApart = accountsInterrupts();
const ticksPerSecond = 100;  // USER_HZ, the same on every Linux that runs here

const softirqThread = (core) =>
  readdirSync("/proc").find((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/comm`, "utf8").trim() === `ksoftirqd/${core}`;
    } catch {
      return false;  // it ended
    }
  });
const softirqPid = softirqThread(serverCore);

const coreSeconds = (core) => {
  const line = readFileSync("/proc/stat", "utf8").split("\n").find((text) => text.startsWith(`cpu${core} `));
  const [user, nice, system, , , irq, softirq, steal] = line.split(/\s+/).slice(1).map((ticks) => Number(ticks) / ticksPerSecond);
  return { busy: user + nice + system + irq + softirq + steal, interrupts: irq + softirq };
};

// `spent`: CPU seconds of a server so far, its share of the kernel's deferred network work included. `busy`: all that
// its core was busy, whoever with.
export const meter = (pid) => {
  const core = coreSeconds(serverCore);
  const deferred = (softirqPid ? cpuSeconds(softirqPid) : 0) + (interruptsApart ? core.interrupts : 0);
  return { spent: cpuSeconds(pid) + deferred, busy: core.busy, at: performance.now() / 1e3 };
};
export const since = (before, after) => ({
  spent: after.spent - before.spent,
  // The share of the core that others took: they also take its caches.
  foreign: Math.max(0, (after.busy - before.busy - (after.spent - before.spent)) / (after.at - before.at)),
});
