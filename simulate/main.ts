import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { runLongRun } from '../long-run';
import { runHistory } from './history';
import { findPlant, plants } from './plants';
import { emptySummary, mergeSummaries, type Summary, summarise } from './summary';

const usage = `simulate [--count N] [--seed S] [--workers N] [--plant NAME | --plants] [--trace] [--json]`;

/** So many histories take a second or two. */
const reportEvery = 250;
const progressMs = 10_000;

/** Runs the histories of seeds `from` (included) to `to`. @param onProgress is told how many more were run */
function runRange(from: number, to: number, plant: string | null, onProgress: (more: number) => void): Summary {
  const summary = emptySummary();
  for (let seed = from; seed < to; seed++) {
    summarise(summary, runHistory(seed, plant));
    if ((seed - from + 1) % reportEvery === 0) onProgress(reportEvery);
  }
  return summary;
}

async function runParallel(from: number, count: number, workers: number, plant: string | null): Promise<Summary> {
  const size = Math.ceil(count / workers);
  let done = 0;
  const timer = setInterval(() => console.error(`${done} of ${count} histories`), progressMs);
  const parts = Array.from({ length: workers }, (_, index) => {
    const first = from + index * size;
    const range = { from: first, to: Math.min(first + size, from + count), plant };
    return new Promise<Summary>((resolve, reject) => {
      const worker = new Worker(__filename, { workerData: range });
      worker.on('message', (message: Summary | number) => {
        if (typeof message === 'number') done += message;
        else resolve(message);
      });
      worker.once('error', reject);
    });
  });
  try {
    return (await Promise.all(parts)).reduce(mergeSummaries);
  } finally {
    clearInterval(timer);
  }
}

/** The first seed of at most `count` whose history breaks an invariant with this fault planted. */
function catchPlant(name: string, from: number, count: number): { seed: number | null; violation: string | null } {
  for (let seed = from; seed < from + count; seed++) {
    const [violation] = runHistory(seed, name).violations;
    if (violation !== undefined) return { seed, violation };
  }
  return { seed: null, violation: null };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      plant: { type: 'string' },
      plants: { type: 'boolean', default: false },
      trace: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const [count, seed, workers] = [Number(values.count), Number(values.seed), Number(values.workers)];
  if (![count, seed, workers].every((value) => Number.isSafeInteger(value) && value > 0))
    throw new RangeError(`--count, --seed, --workers: expected whole numbers above 0; ${usage}`);
  const plant = values.plant ?? null;
  findPlant(plant);
  if (values.trace) {
    const { violations } = runHistory(seed, plant, (line) => console.log(line));
    return violations.length === 0 ? 0 : 4;
  }
  const begun = performance.now();
  if (values.plants) {
    const caught = Object.keys(plants).map((name) => {
      const found = { plant: name, ...catchPlant(name, seed, count) };
      console.error(
        `${name.padEnd(28)} ${found.seed === null ? 'NOT CAUGHT' : `seed ${found.seed}: ${found.violation}`}`,
      );
      return found;
    });
    if (values.json) console.log(JSON.stringify({ plants: caught }, null, 2));
    return caught.every((found) => found.seed !== null) ? 0 : 4;
  }
  const summary = await runParallel(seed, count, workers, plant);
  const result = { ...summary, seconds: Math.round(performance.now() - begun) / 1000 };
  if (values.json) console.log(JSON.stringify(result, null, 2));
  else console.log(result);
  for (const { seed: failing, violation } of summary.failures)
    console.error(`seed ${failing}: ${violation}\n  npm run simulate -- --seed ${failing} --trace`);
  return summary.violations === 0 ? 0 : 4;
}

if (isMainThread) {
  runLongRun(main);
} else {
  const say = (message: Summary | number) => parentPort!.postMessage(message);
  say(runRange(workerData.from, workerData.to, workerData.plant, say));
}
