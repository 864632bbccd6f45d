// One measurement of one relay, each with a server of its own.
import { setTimeout as sleep } from "node:timers/promises";
import { tool } from "./paths.mjs";
import { jsonLines, residentBytes, start, stop } from "./processes.mjs";
import { loadCore, meter, pinned, schedule, since } from "./cores.mjs";
import { highest } from "./relay_cells.mjs";
import { account, startRelay } from "./relay_servers.mjs";

export const tolerableLoss = 0.001;
const maxForeign = 0.08;  // of the server's core: above, somebody else was measured too
const maxSkipped = 0.03;  // of the time: above, the generator did not keep its pace
const throttled = 0.06;   // what the kernel keeps from a real-time generator, and a little more
const tries = 3;
const warmUp = 0.4;
const searchStep = 0.7;

// `use(run)` with a server and a load generator that obeys `run(command)`.
const withRelay = async (system, shape, use) => {
  const { server, port, pid } = await startRelay(system);
  const load = start(
    pinned(loadCore, [
      tool("relay"), port, `${account.user}:${account.password}`, shape.mode, shape.direction, shape.payload, shape.burst,
      ...(shape.coalesced ? ["coalesced"] : []),
    ].map(String)),
    { stdin: "pipe" },
  );
  try {
    const next = jsonLines(load);
    return await use((command) => {
      load.child.stdin.write(`${command}\n`);
      return next();
    }, pid);
  } finally {
    await stop(load);
    await stop(server);
  }
};

const sendAt = async (run, pid, rate, seconds) => {
  const before = meter(pid);
  const tally = await run(`run ${rate} ${seconds}`);
  const { spent, foreign } = since(before, meter(pid));
  const delivered = tally.toPeers + tally.toClients;
  return {
    cost: (spent / delivered) * 1e6, foreign, loss: 1 - delivered / tally.sent, skipped: tally.skipped / tally.seconds,
    rate: delivered / tally.seconds,
  };
};

const isLate = ({ skipped }) => skipped > (schedule.isRealtime ? throttled : maxSkipped);
const isDisturbed = (result) => isLate(result) || (!schedule.isRealtime && result.foreign > maxForeign);

// Repeated when others had the machine; the last try counts whatever came, and says so.
const sendUndisturbed = async (run, pid, rate, seconds) => {
  await run(`run ${rate} ${warmUp}`);
  for (let left = tries; ; --left) {
    const result = await sendAt(run, pid, rate, seconds);
    if (!isDisturbed(result) || left === 1) return { ...result, disturbed: isDisturbed(result) };
  }
};

// The highest rate at which no more than 0.1 % is lost: up in great steps until more is, then halving the gap.
// `bound`: the generator could not send faster.
const findHighest = async (run, pid, from) => {
  let good = 0;
  let bad = Infinity;
  let rate = from;
  let bound = false;
  for (let step = 0; step < 14 && bad / good > 1.03; ++step) {
    const result = await sendUndisturbed(run, pid, rate, searchStep);
    const late = isLate(result);
    if (result.loss <= tolerableLoss && !late) good = rate;
    else bad = rate;
    bound = late && bad === rate ? true : result.loss > tolerableLoss ? false : bound;
    rate = bad === Infinity ? good * 1.3 : good === 0 ? bad / 1.3 : (good + bad) / 2;
  }
  return { good: Math.round(good), bound };
};

export const measureMedia = (system, cell, { seconds, search }) =>
  withRelay(system, cell, async (run, pid) => {
    await run(`allocate ${cell.clients}`);
    await run("open");
    const top = search || cell.rate === highest ? await findHighest(run, pid, cell.rate === highest ? 200_000 : cell.rate) : undefined;
    const rate = cell.rate === highest ? top.good : cell.rate;
    if (!rate) throw new Error(`${system} loses packets at any rate`);
    const result = await sendUndisturbed(run, pid, rate, seconds);
    return { ...result, highest: top?.good, generatorBound: top?.bound };
  });

export const measureAllocate = (system, cell) =>
  withRelay(system, { mode: "channel", direction: "both", payload: 172, burst: 1 }, async (run, pid) => {
    await run(`allocate ${cell.before}`);
    await sleep(500);
    const bytes = residentBytes(pid);
    const before = meter(pid);
    await run(`allocate ${cell.clients}`);
    const { spent, foreign } = since(before, meter(pid));
    await sleep(500);
    return { perSecond: cell.clients / spent, kilobytes: (residentBytes(pid) - bytes) / cell.clients / 1e3, disturbed: !schedule.isRealtime && foreign > maxForeign };
  });
