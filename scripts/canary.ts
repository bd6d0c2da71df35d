import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { rawDataOf, readPaperFill } from '../canary/paper-fill';
import { type CanaryReport, CanaryRunner } from '../canary/runner';
import { type CanarySettings, defaultSettings } from '../canary/settings';
import { CutoverError, exitCodes, messageOf } from '../errors';
import { canPass } from '../evidence/measurements';
import type { Measurements } from '../evidence/statement';
import { feeFraction, halfSpreadFraction } from '../market/fill';
import { createOperations } from '../platforms/operations';
import { digestOf } from '../posture/digest';
import { digestPosture, type Posture } from '../posture/posture';
import { pause } from './shared/interrupt';
import { proofResult } from './shared/prove';
import { readMeasureKey, signProof } from './shared/sign-proof';
import { observePosture } from './shared/subject';
import { inPaper, type JudgedTarget, judgeTarget, readLiveTarget, type Target } from './shared/target';
import type { Verb, VerbContext } from './shared/verb';

const pollMs = 500;
const answerMs = 5_000;
const pageSize = 1_000;
const longestMinutes = 60;

const ordersForm = z.object({ orders: z.array(z.looseObject({ id: z.number(), status: z.string() })) });

/** Judges the paper trades of the running posture, trade after trade, and signs the verdict. */
export const canary: Verb = {
  name: 'canary',
  description:
    'Judge the paper trades since the running posture started, after costs; sign promote, reject or not yet.',
  options: [['--minutes <n>', `how long to wait for a verdict, minutes (30; at most ${longestMinutes})`]],
  examples: [['cutover canary', 'wait until the paper trades say promote or reject, at most half an hour']],
  async run(context, { minutes }) {
    const judged = await judgeTarget(context, readLiveTarget(context));
    const { proof, report, measurements } = await proveCanary(context, judged, { minutes: readMinutes(minutes) });
    const show = (value: number | null) => (value === null ? '-' : `${(value * 100).toFixed(3)} %`);
    return proofResult(context.stack, proof, { measurements, code: report.code, reason: report.reason }, [
      `  verdict ${report.verdict}: ${report.reason}`,
      `  ${report.trades} trades, mean ${show(measurements.mean)}, bounds ${show(measurements.lower)} to ${show(measurements.upper)}, margin ${show(measurements.margin)}`,
    ]);
  },
};

/**
 * Makes the canary of a target, out of the paper trades that its posture made since it runs.
 * @throws CutoverError `other_posture` (4) when another posture runs, now or at the end, `interrupted` (4); EvidenceError
 * for the key
 */
export async function proveCanary(
  context: VerbContext,
  judged: JudgedTarget,
  { minutes, signal }: { minutes: number; signal?: AbortSignal },
) {
  const signer = readMeasureKey(context);
  await requirePosture(context, judged);
  const since = await startOf(context);
  const margin = judged.grounds.trustRoot?.canaryMargin ?? defaultSettings.margin;
  const settings: CanarySettings = { ...defaultSettings, margin };
  const runner = new CanaryRunner({ settings, sellCostFraction: feeFraction + halfSpreadFraction });
  const deadline = Date.now() + minutes * 60_000;
  context.progress(`canary: judging paper trades since ${new Date(since).toISOString()}`);
  let told = 0;
  for (let last = 0, final = false; !final && Date.now() < deadline; ) {
    const page = await readOrders(context, last);
    for (const order of page) {
      last = order.id;
      final = take(runner, order, since);
      if (final) break;
    }
    const { trades } = runner.report();
    if (trades >= told + 10) {
      told = trades;
      context.progress(`canary: ${trades} trades, ${settings.minTrades} at the least`);
    }
    if (!final && page.length < pageSize) await pause(pollMs, signal);
  }
  // Trades of another posture must not count for this one.
  await requirePosture(context, judged);
  if ((await startOf(context)) !== since) throw otherPosture('a workload was restarted meanwhile');
  const now = Date.now();
  const report = runner.report();
  const measurements = measure(report, settings, { since, now, trainedUntil: readTrainedUntil(judged) });
  const proof = signProof(
    context,
    {
      kind: 'canary',
      passed: canPass('canary', measurements as never),
      measurements,
      measured: digestPosture(inPaper(judged)),
      target: judged,
      timeScale: judged.config.market.speed,
      rawData: digestOf(rawDataOf(report.trips)),
    },
    signer,
    now,
  );
  return { proof, report, measurements };
}

function measure(
  report: CanaryReport,
  settings: CanarySettings,
  { since, now, trainedUntil }: { since: number; now: number; trainedUntil: string | null },
): Measurements<'canary'> {
  return {
    verdict: report.verdict,
    baseline: 'flat',
    trades: report.trades,
    minTrades: settings.minTrades,
    alpha: settings.alpha,
    margin: settings.margin,
    mean: report.mean,
    lower: report.trades === 0 ? null : report.lower,
    upper: report.trades === 0 ? null : report.upper,
    dataFrom: new Date(since).toISOString(),
    dataUntil: new Date(now).toISOString(),
    trainedUntil,
  };
}

/** Hands an agent's paper fill to the runner. @returns whether the verdict is final */
function take(runner: CanaryRunner, order: { status: string }, since: number): boolean {
  const fill = readPaperFill(order);
  return fill !== undefined && fill.filledAt >= since && runner.onFill(fill);
}

async function readOrders(context: VerbContext, since: number) {
  const address = await createOperations(context).addressOf('gateway');
  try {
    if (!address) throw new Error('it is not started');
    const response = await fetch(`${address}/orders?since=${since}&limit=${pageSize}`, {
      signal: AbortSignal.timeout(answerMs),
    });
    return ordersForm.parse(await response.json()).orders;
  } catch (error) {
    throw new CutoverError('no_record', `the gateway's record cannot be read: ${messageOf(error)}`, {
      exitCode: exitCodes.checkFailed,
    });
  }
}

/** Since when all workloads of the posture run, milliseconds since the epoch. */
async function startOf(context: VerbContext): Promise<number> {
  const { replicas } = await createOperations(context).observe();
  const starts = replicas.map(({ startedAt }) => Date.parse(startedAt ?? ''));
  if (starts.some(Number.isNaN)) throw otherPosture('not every workload runs');
  return Math.max(...starts);
}

async function requirePosture(context: VerbContext, judged: JudgedTarget): Promise<void> {
  let observed: Posture;
  try {
    observed = await observePosture(createOperations(context));
  } catch (error) {
    throw otherPosture(messageOf(error));
  }
  if (digestPosture(observed) === digestPosture(inPaper(judged))) return;
  throw otherPosture('what runs is not the posture of the config in paper');
}

function otherPosture(why: string): CutoverError {
  return new CutoverError('other_posture', `the canary measures the config's posture in paper: ${why}`, {
    exitCode: exitCodes.checkFailed,
    details: ['cutover up applies the config; then make the canary again'],
  });
}

/** The end of the model's training window, as the file beside the model says; null where it does not. */
function readTrainedUntil({ config }: Target): string | null {
  try {
    const { trainedOn } = JSON.parse(readFileSync(path.join(path.dirname(config.model.path), 'model.json'), 'utf8'));
    return z.iso.datetime().parse(trainedOn.to);
  } catch {
    return null;
  }
}

/** @throws CutoverError `invalid_minutes` (exit code 2) */
function readMinutes(given: unknown): number {
  const minutes = given === undefined ? 30 : Number(given);
  if (minutes > 0 && minutes <= longestMinutes) return minutes;
  throw new CutoverError(
    'invalid_minutes',
    `--minutes: expected a number over 0, ${longestMinutes} at the most, received ${String(given)}`,
    { exitCode: exitCodes.usage },
  );
}
