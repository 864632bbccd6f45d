// Runs schedules of the simulation, on all cores:
//
//   node tests/sim/run.ts --hub build/asan/hub_addon.node --schedules 10000 --start-seed 1
//   node tests/sim/run.ts --hub … --seed 4711 --trace       one schedule, told step by step

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { loadHub } from './hub.ts';
import type { Outcome } from './schedule.ts';
import { Schedule } from './schedule.ts';

const batch = 50;
const maxFailures = 10;

interface Failure {
  readonly seed: number;
  readonly violations: readonly string[];
}

interface Report {
  readonly schedules: number;
  readonly deliveries: number;
  readonly connected: number;
  readonly failures: readonly Failure[];
}

async function runOne(hub: string, seed: number, print: ((line: string) => void) | null): Promise<Outcome> {
  try {
    return await new Schedule(seed, loadHub(hub), print).run();
  } catch (error) {
    return { violations: [error instanceof Error ? (error.stack ?? error.message) : String(error)], deliveries: 0, connected: 0 };
  }
}

/** A worker runs batches of seeds until it is given no more. */
function serve(hub: string): void {
  parentPort?.on('message', async (first: number) => {
    const failures: Failure[] = [];
    let [deliveries, connected] = [0, 0];
    for (let seed = first; seed < first + batch; seed += 1) {
      const outcome = await runOne(hub, seed, null);
      deliveries += outcome.deliveries;
      connected += outcome.connected;
      if (outcome.violations.length > 0) failures.push({ seed, violations: outcome.violations });
    }
    parentPort?.postMessage({ schedules: batch, deliveries, connected, failures } satisfies Report);
  });
}

/** At once, not at the end: a run of a million schedules may be ended before it. */
function print(hub: string, { seed, violations }: Failure): void {
  console.error(`seed ${seed}: ${violations.slice(0, 4).join('; ')}`);
  console.error(`  node tests/sim/run.ts --hub ${hub} --seed ${seed} --trace`);
}

async function runAll(hub: string, start: number, count: number, workers: number): Promise<Report> {
  let next = start;
  let total: Report = { schedules: 0, deliveries: 0, connected: 0, failures: [] };
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { hub } });
    while (next < start + count && total.failures.length < maxFailures) {
      worker.postMessage(next);
      next += batch;
      const [report] = (await once(worker, 'message')) as [Report];
      total = {
        schedules: total.schedules + report.schedules,
        deliveries: total.deliveries + report.deliveries,
        connected: total.connected + report.connected,
        failures: [...total.failures, ...report.failures],
      };
      for (const failure of report.failures) print(hub, failure);
      if (total.schedules % 10_000 === 0) console.log(`${total.schedules} schedules …, ${total.failures.length} failed`);
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: workers }, work));
  return total;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      hub: { type: 'string', default: 'build/asan/hub_addon.node' },
      schedules: { type: 'string', default: '10000' },
      'start-seed': { type: 'string', default: '1' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const hub = new URL(values.hub, `file://${process.cwd()}/`).pathname;
  if (values.seed !== undefined) {
    const { violations, deliveries } = await runOne(hub, Number(values.seed), values.trace ? console.log : null);
    console.log(violations.length === 0 ? `seed ${values.seed}: ${deliveries} messages, all well` : violations.join('\n'));
    process.exitCode = violations.length === 0 ? 0 : 1;
    return;
  }
  const began = performance.now();
  const report = await runAll(hub, Number(values['start-seed']), Number(values.schedules), Number(values.workers));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${report.schedules} schedules in ${seconds} s: ${report.deliveries} messages delivered, ` +
      `${report.connected} pairs connected at the end, ${report.failures.length} schedules failed`,
  );
  process.exitCode = report.failures.length === 0 ? 0 : 1;
}

if (isMainThread) await main();
else serve((workerData as { readonly hub: string }).hub);
