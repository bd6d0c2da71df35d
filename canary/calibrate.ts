import { gaussian, seededRandom } from '../market/embedded-feed';
import { type Rate, rateOf } from './rate';
import type { Series } from './series';
import { type CanarySettings, defaultSettings } from './settings';
import { Judge, type Verdict } from './verdict';

export interface Calibration {
  readonly series: string;
  readonly arms: 'single' | 'paired';
  readonly runs: number;
  readonly alpha: number;
  /** Whether the series keeps what the bound assumes. */
  readonly guaranteed: boolean;
  /** Promoted, though the mean is exactly at -margin: looked at after every trade. */
  readonly falsePromote: Rate;
  /** Rejected, though the mean is exactly at -margin. */
  readonly falseReject: Rate;
  /** Promoted though worse than -margin by twice the margin. */
  readonly promotedWorse: Rate;
  /** Share promoted of an arm that gains one margin a trade, net. */
  readonly power: number;
  /** Mean number of trades to the promotions counted in `power`; null when there were none. */
  readonly trades: number | null;
}

/** What calibration uses: shorter than a real canary at most, so that many can be simulated. */
export const calibrationSettings: CanarySettings = { ...defaultSettings, maxTrades: 400 };

/** Runs simulated canaries of a series. Pure: the same seed gives the same numbers. @param runs how many per arm */
export function calibrate(series: Series, runs: number, seed: number, settings = calibrationSettings): Calibration {
  const { margin, alpha } = settings;
  const arm = (name: number, mean: number) =>
    Array.from({ length: runs }, (_, run) => runOne(series, `${seed}${name}${run}`.padStart(8, '1'), mean, settings));
  const boundary = arm(1, -margin);
  const worse = arm(2, -3 * margin);
  const better = arm(3, margin);
  const promoted = better.filter((each) => each.verdict === 'promote');
  const share = (verdicts: Outcome[], verdict: Verdict['verdict']) =>
    rateOf(verdicts.filter((each) => each.verdict === verdict).length, runs);
  return {
    series: series.name,
    arms: series.arms,
    runs,
    alpha,
    guaranteed: series.guaranteed,
    falsePromote: share(boundary, 'promote'),
    falseReject: share(boundary, 'reject'),
    promotedWorse: share(worse, 'promote'),
    power: promoted.length / runs,
    trades: promoted.length === 0 ? null : promoted.reduce((sum, each) => sum + each.trades, 0) / promoted.length,
  };
}

interface Outcome {
  readonly verdict: Verdict['verdict'];
  readonly trades: number;
}

function runOne(series: Series, seed: string, mean: number, settings: CanarySettings): Outcome {
  // Simulated losses stay within the range, so that what is measured is the bound, not the hard stop.
  const judge = new Judge({ ...settings, range: series.arms === 'paired' ? 2 * settings.range : settings.range });
  for (const value of series.returns(seed)) if (judge.add(value + mean)) break;
  return judge.outcomeNow;
}

/**
 * How often a plain two-sided z-test that is looked at again and again finds something where there is nothing, at
 * `alpha` = 0.05: what the confidence sequence is there to avoid.
 * @param looks how many, evenly spaced over `looks` equal batches
 */
export function naivePeeking(looks: number, runs: number, seed: number): Rate {
  const random = seededRandom(`naive:${seed}:${looks}`);
  let found = 0;
  for (let run = 0; run < runs; run += 1) {
    let sum = 0;
    for (let look = 1; look <= looks; look += 1) {
      sum += gaussian(random);
      if (Math.abs(sum) > 1.959963984540054 * Math.sqrt(look)) {
        found += 1;
        break;
      }
    }
  }
  return rateOf(found, runs);
}
