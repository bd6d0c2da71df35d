import type { ClosesSource } from './measurements';
import type { Measurements } from './statement';

/** One look at a running system. Times are milliseconds since the epoch. */
export interface Sample {
  readonly at: number;
  /** Log lines since the look before, and how many of them are of level ERROR. */
  readonly logLines: number;
  readonly errorLines: number;
  /** What is not as it must be: replicas, posture, grant. Each is a breach. */
  readonly faults: readonly string[];
  readonly modelHealthy: boolean;
  /** Fraction; null where it is not known. */
  readonly drawdown: number | null;
  /** What became of the orders since the look before, oldest first. */
  readonly orders: readonly ('filled' | 'rejected')[];
  /** Closed trades since the look before, and whose record says so; null where none could be read. */
  readonly closes: { readonly source: ClosesSource; readonly count: number } | null;
}

/** What the samples are held against. Fractions and seconds. */
export interface SamplingOptions {
  readonly intervalSeconds: number;
  /** Seconds of the measured system's clock for each second of ours; 1 is real time. */
  readonly timeScale: number;
  readonly closesSource: ClosesSource;
  readonly minCloses: number;
  /** The posture's drawdown brake. */
  readonly maxDrawdown: number;
}

/** More than this share of log lines of level ERROR, seconds of degraded model, rejections in a row: a breach each. */
export const samplingLimits = { errorRate: 0.05, degradedSeconds: 300, consecutiveRejections: 3 } as const;

/** Fewer log lines than this say nothing about their errors' rate: a single error would be a breach. */
const minLogLines = 20;

/** What samples amount to. Pure. */
export function measureSamples(samples: readonly Sample[], options: SamplingOptions): Measurements<'watch'> {
  const sum = (pick: (sample: Sample) => number) => samples.reduce((total, sample) => total + pick(sample), 0);
  const outcomes = samples.flatMap(({ orders }) => orders);
  const filled = outcomes.filter((outcome) => outcome === 'filled').length;
  const lines = sum(({ logLines }) => logLines);
  const errors = sum(({ errorLines }) => errorLines);
  const seconds = samples.length < 2 ? 0 : (samples.at(-1)!.at - samples[0]!.at) / 1000;
  const facts = {
    errorRate: lines === 0 ? 0 : errors / lines,
    maxDrawdown: Math.max(0, ...samples.map(({ drawdown }) => drawdown ?? 0)),
    degradedSeconds: longestDegraded(samples) * options.timeScale,
    consecutiveRejections: longestRun(outcomes),
    realizedCloses: {
      source: sourceOf(samples, options.closesSource),
      count: sum(({ closes }) => closes?.count ?? 0),
      expectedSource: options.closesSource,
      minimum: options.minCloses,
    },
  };
  return {
    sampledSeconds: seconds * options.timeScale,
    intervalSeconds: options.intervalSeconds,
    samples: samples.length,
    orders: { attempted: outcomes.length, filled, rejected: outcomes.length - filled },
    ...facts,
    breaches: [...new Set([...samples.flatMap(({ faults }) => faults), ...findBreaches(facts, lines, options)])]
      .slice(0, 200)
      .map((breach) => breach.slice(0, 2000)),
  };
}

function findBreaches(
  facts: Pick<
    Measurements<'watch'>,
    'errorRate' | 'maxDrawdown' | 'degradedSeconds' | 'consecutiveRejections' | 'realizedCloses'
  >,
  logLines: number,
  { maxDrawdown }: SamplingOptions,
): string[] {
  const limits = samplingLimits;
  const breaches: string[] = [];
  if (logLines >= minLogLines && facts.errorRate > limits.errorRate)
    breaches.push(`error rate ${percent(facts.errorRate)}, at most ${percent(limits.errorRate)}`);
  if (facts.maxDrawdown >= maxDrawdown)
    breaches.push(`drawdown ${percent(facts.maxDrawdown)} reached the brake at ${percent(maxDrawdown)}`);
  if (facts.degradedSeconds > limits.degradedSeconds)
    breaches.push(`the model was degraded for ${facts.degradedSeconds} s, at most ${limits.degradedSeconds} s`);
  if (facts.consecutiveRejections > limits.consecutiveRejections)
    breaches.push(`${facts.consecutiveRejections} rejections in a row, at most ${limits.consecutiveRejections}`);
  const { source, count, expectedSource, minimum } = facts.realizedCloses;
  if (source !== expectedSource) breaches.push(`closed trades were found in ${source}, expected in ${expectedSource}`);
  if (count < minimum) breaches.push(`${count} closed trades in ${source}, at least ${minimum} wanted`);
  return breaches;
}

/** The source of the closed trades: another than the expected one, if any look had to use it. */
function sourceOf(samples: readonly Sample[], expected: ClosesSource): ClosesSource | 'none' {
  const sources = samples.flatMap(({ closes }) => closes?.source ?? []);
  return sources.find((source) => source !== expected) ?? sources[0] ?? 'none';
}

function longestRun(outcomes: Sample['orders']): number {
  let longest = 0;
  let run = 0;
  for (const outcome of outcomes) {
    run = outcome === 'rejected' ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** The longest time without a healthy look, seconds of our clock: from the last healthy one, since nobody looked between. */
function longestDegraded(samples: readonly Sample[]): number {
  let longest = 0;
  let since = samples[0]?.at ?? 0;
  for (const { at, modelHealthy } of samples) {
    if (modelHealthy) since = at;
    else longest = Math.max(longest, at - since);
  }
  return longest / 1000;
}

const percent = (fraction: number) => `${(fraction * 100).toFixed(2)} %`;
