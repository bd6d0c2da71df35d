import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { runLongRun } from '../../long-run';
import { decisionPlants, partPlants, partsWith } from './plants';
import { type Histories, perSeed, runHistories } from './run';

const usage = 'histories [--count N] [--seed S] [--workers N] [--plants] [--json]';
const progressMs = 10_000;
/** Runs the histories of every `workers`th seed, and says what each came to. */
function runSeeds(
  seeds: { first: number; worker: number; workers: number; count: number },
  say: (part: Histories) => void,
) {
  const { first, worker, workers, count } = seeds;
  for (let done = worker * perSeed; done < count; done += workers * perSeed) {
    say(runHistories({ seed: first + done / perSeed, count: Math.min(perSeed, count - done), known: done === 0 }));
  }
}

async function runParallel(first: number, count: number, workers: number): Promise<Histories[]> {
  const parts: Histories[] = [];
  const ran = () => parts.reduce((sum, { histories }) => sum + histories, 0);
  const timer = setInterval(() => console.error(`${ran()} of ${count} histories`), progressMs);
  const running = Array.from({ length: workers }, (_, worker) => {
    const thread = new Worker(__filename, { workerData: { first, worker, workers, count } });
    thread.on('message', (part: Histories) => {
      parts.push(part);
      if (part.violation) console.error(part.violation);
    });
    return new Promise<void>((resolve, reject) => {
      thread.once('error', reject).once('exit', () => resolve());
    });
  });
  await Promise.all(running).finally(() => clearInterval(timer));
  return parts;
}

/** Plants every fault. @returns whether the histories caught it, by its name */
function catchPlants(seed: number, count: number): Record<string, boolean> {
  const plants = new Map(Object.entries(decisionPlants));
  const { violation } = runHistories({ seed, count, known: true, plants });
  if (violation) throw new Error(violation);
  const decisions = Object.keys(decisionPlants).map((name) => [name, !plants.has(name)]);
  const parts = Object.keys(partPlants).map((name) => {
    const broken = runHistories({ seed, count, known: true, parts: partsWith(name) });
    return [name, broken.violation !== null];
  });
  return Object.fromEntries([...decisions, ...parts]);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      plants: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(`${usage}\nRandom histories of the decision on real keys, evidence and ledger, held against a model.`);
    return 0;
  }
  const [count, seed, workers] = [Number(values.count), Number(values.seed), Number(values.workers)];
  if (![count, seed, workers].every((value) => Number.isSafeInteger(value) && value > 0))
    throw new RangeError(`--count, --seed, --workers: expected whole numbers above 0; ${usage}`);
  if (values.plants) {
    const caught = catchPlants(seed, count);
    console.log(values.json ? JSON.stringify({ plants: caught }, null, 2) : caught);
    return Object.values(caught).every((was) => was) ? 0 : 4;
  }
  const begun = performance.now();
  const parts = await runParallel(seed, count, workers);
  const sum = (pick: (part: Histories) => number) => parts.reduce((total, part) => total + pick(part), 0);
  const happened: Record<string, number> = {};
  for (const { tally } of parts)
    for (const [what, times] of Object.entries(tally)) happened[what] = (happened[what] ?? 0) + times;
  const result = {
    histories: sum(({ histories }) => histories),
    commands: sum(({ commands }) => commands),
    violations: sum(({ violation }) => (violation ? 1 : 0)),
    seconds: Math.round((performance.now() - begun) / 100) / 10,
    happened: Object.fromEntries(Object.entries(happened).sort()),
  };
  console.log(values.json ? JSON.stringify(result, null, 2) : result);
  return result.violations === 0 && result.histories === count ? 0 : 4;
}

if (isMainThread) {
  runLongRun(main);
} else {
  runSeeds(workerData, (part) => parentPort!.postMessage(part));
}
