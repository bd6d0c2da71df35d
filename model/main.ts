import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { runLongRun } from '../long-run';
import { type Checked, checkTransition } from './check';
import { checkReturn } from './check-return';
import { conditions } from './conditions';
import { allPoints, postureAt } from './domain';
import { backConditions } from './return-conditions';

const usage = 'model [--step N] [--workers N] [--json]';
const progressMs = 10_000;
const shownViolations = 20;

interface Part {
  readonly done: number;
  readonly checked: Checked;
}

/** Checks the transitions from every point of a worker to every point. */
function checkPart(worker: number, workers: number, step: number, say: (part: Part) => void): void {
  const points = allPoints().map((point) => ({ point, posture: postureAt(point) }));
  points.forEach((from, row) => {
    if (row % workers !== worker) return;
    let [cases, allowed] = [0, 0];
    const violations: string[] = [];
    for (let column = row % step; column < points.length; column += step) {
      const to = points[column]!;
      const postures = { from: from.posture, to: to.posture };
      const both = [checkTransition(from.point, to.point, postures)];
      // And once more as the way back to the posture before, where both are live.
      if (from.point.mode === 1 && to.point.mode === 1) both.push(checkReturn(from.point, to.point, postures));
      for (const checked of both) {
        cases += checked.cases;
        allowed += checked.allowed;
        violations.push(...checked.violations.slice(0, shownViolations));
      }
    }
    say({ done: 1, checked: { cases, allowed, violations } });
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      step: { type: 'string', default: '1' },
      workers: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(
      `${usage}\nDecides every transition of a small domain, and every way back under live; --step N only every Nth target of each posture.`,
    );
    return 0;
  }
  const [step, workers] = [Number(values.step), Number(values.workers)];
  if (![step, workers].every((value) => Number.isSafeInteger(value) && value > 0))
    throw new RangeError(`--step, --workers: expected whole numbers above 0; ${usage}`);
  const begun = performance.now();
  const postures = allPoints().length;
  const total = { done: 0, cases: 0, allowed: 0, violations: [] as string[] };
  const timer = setInterval(() => console.error(`${total.done} of ${postures} postures`), progressMs);
  const parts = Array.from({ length: workers }, (_, worker) => {
    const running = new Worker(__filename, { workerData: { worker, workers, step } });
    running.on('message', ({ done, checked }: Part) => {
      total.done += done;
      total.cases += checked.cases;
      total.allowed += checked.allowed;
      total.violations.push(...checked.violations);
    });
    return new Promise<void>((resolve, reject) => {
      running.once('error', reject).once('exit', () => resolve());
    });
  });
  await Promise.all(parts).finally(() => clearInterval(timer));
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  const { cases, allowed, violations } = total;
  const counts = { conditions: conditions.length, returnConditions: backConditions.length };
  const result = { postures, ...counts, cases, allowed, violations: violations.length, seconds };
  console.log(values.json ? JSON.stringify(result) : result);
  for (const violation of violations.slice(0, shownViolations)) console.error(violation);
  return violations.length === 0 && total.done === postures ? 0 : 4;
}

if (isMainThread) {
  runLongRun(main);
} else {
  const { worker, workers, step } = workerData as { worker: number; workers: number; step: number };
  checkPart(worker, workers, step, (part) => parentPort!.postMessage(part));
}
