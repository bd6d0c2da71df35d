import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { runLongRun } from '../long-run';
import { boundMs, type Fuzzed, mergeFuzzed, runFuzz } from './run';
import { allTargets } from './targets';

const usage = 'fuzz [--count N] [--seed S] [--workers N] [--json]';
const progressMs = 10_000;
/** The process may grow by this much over all inputs, MiB. */
const boundMb = 512;

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Tries a range in a thread of its own. */
function runRange(workerData: Range, onProgress: (done: number) => void): Promise<Fuzzed> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData });
    worker.on('message', (message: Fuzzed | number) => {
      if (typeof message === 'number') onProgress(message);
      else resolve(message);
    });
    worker.once('error', reject);
  });
}

async function runParallel(from: number, count: number, workers: number): Promise<Fuzzed> {
  const size = Math.ceil(count / workers);
  const done = new Array<number>(workers).fill(0);
  const timer = setInterval(() => {
    console.error(`${done.reduce((sum, one) => sum + one, 0)} of ${count} inputs`);
  }, progressMs);
  const parts = done.map((_, index) => {
    const first = from + index * size;
    const range = { from: first, to: Math.min(first + size, from + count) };
    return runRange(range, (tried) => {
      done[index] = tried;
    });
  });
  try {
    return (await Promise.all(parts)).reduce(mergeFuzzed);
  } finally {
    clearInterval(timer);
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(
      `${usage}\nVerifies random and changed evidence, trust roots and ledgers; --seed S --count 1 makes one input again.`,
    );
    return 0;
  }
  const [count, seed, workers] = [Number(values.count), Number(values.seed), Number(values.workers)];
  if (![count, seed, workers].every((value) => Number.isSafeInteger(value) && value > 0))
    throw new RangeError(`--count, --seed, --workers: expected whole numbers above 0; ${usage}`);
  const begun = performance.now();
  const sizeMb = process.memoryUsage.rss() / 2 ** 20;
  const { violations, ...result } = await runParallel(seed, count, Math.min(workers, count));
  const grownMb = Math.round(process.resourceUsage().maxRSS / 2 ** 10 - sizeMb);
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  const document = { ...result, grownMb, seed, seconds };
  console.log(values.json ? JSON.stringify(document) : document);
  for (const violation of violations) console.error(violation);
  const { throws, accepted, maxMs } = result;
  return throws === 0 && accepted === 0 && maxMs <= boundMs && grownMb <= boundMb ? 0 : 4;
}

if (isMainThread) {
  runLongRun(main);
} else {
  const { from, to } = workerData as Range;
  parentPort!.postMessage(runFuzz(from, to, allTargets(), (done) => parentPort!.postMessage(done)));
}
