import { ConfidenceSequence } from './confidence-sequence';
import { type CanarySettings, checkSettings } from './settings';

/** What the trades so far say. All returns are net of costs, fractions of a trade's size. */
export interface Verdict {
  readonly verdict: 'promote' | 'reject' | 'not_yet';
  /** Nothing that comes later changes it. With `not_yet`, the canary ended inconclusive: that is not a promotion. */
  readonly final: boolean;
  readonly code:
    | 'non_inferior'
    | 'inferior'
    | 'loss_beyond_range'
    | 'too_few'
    | 'undecided'
    | 'open_positions'
    | 'inconclusive';
  readonly reason: string;
  /** How many returns were judged; none after the verdict was final. */
  readonly trades: number;
  /** Mean of the returns as they were, none cut; null before the first. */
  readonly mean: number | null;
  /** Bounds of the mean (gains beyond the range cut), each at confidence 1 - alpha at all looks together. */
  readonly lower: number;
  readonly upper: number;
  /** How many gains were beyond the range. */
  readonly clipped: number;
}

type Outcome = Pick<Verdict, 'verdict' | 'final' | 'code' | 'reason'>;

/**
 * The canary's judgement, trade after trade. The first promote or reject stands: a later look cannot turn it.
 */
export class Judge {
  private readonly sequence: ConfidenceSequence;
  private readonly threshold: number;
  private sum = 0;
  private clipped = 0;
  private outcome: Outcome = outcomeOf('not_yet', 'too_few', 'no trade has been closed yet');

  /** @throws RangeError naming every setting that is out of place */
  constructor(private readonly settings: CanarySettings) {
    checkSettings(settings);
    const { alpha, range } = settings;
    this.sequence = new ConfidenceSequence({ alpha, range: [-range, range] });
    this.threshold = Math.log(1 / alpha);
  }

  /**
   * Takes one more net return.
   * @param open returns of the positions that are open, as if closed now: a promotion must survive them too, or a trader
   *   that closes its gains and sits on its losses would pass
   * @returns whether the verdict is final
   * @throws RangeError for a return that is not a finite number
   */
  add(netReturn: number, open: readonly number[] = []): boolean {
    for (const value of [netReturn, ...open])
      if (!Number.isFinite(value)) throw new RangeError(`expected a finite return, received ${value}`);
    if (this.outcome.final) return true;
    this.sum += netReturn;
    const { range } = this.settings;
    if (netReturn > range) this.clipped += 1;
    const worst = Math.min(netReturn, ...open);
    this.sequence.add(Math.max(-range, Math.min(range, netReturn)));
    this.outcome = this.judge(worst, open);
    return this.outcome.final;
  }

  private judge(worst: number, open: readonly number[]): Outcome {
    const { minTrades, maxTrades, margin, range } = this.settings;
    const trades = this.sequence.count;
    if (worst < -range)
      return outcomeOf(
        'reject',
        'loss_beyond_range',
        `a trade lost ${show(-worst)}, more than the ${show(range)} declared`,
      );
    if (this.sequence.logCapitalBelow(-margin) >= this.threshold)
      return outcomeOf('reject', 'inferior', `the mean net return is below ${show(-margin)}`);
    if (trades < minTrades) return outcomeOf('not_yet', 'too_few', `${trades} of at least ${minTrades} trades`);
    const proved = this.sequence.logCapitalAbove(-margin) >= this.threshold;
    if (proved && this.survives(open))
      return outcomeOf('promote', 'non_inferior', `the mean net return is above ${show(-margin)}`);
    if (trades >= maxTrades)
      return outcomeOf('not_yet', 'inconclusive', `no verdict after ${trades} trades; that is no promotion`);
    if (proved) return outcomeOf('not_yet', 'open_positions', 'the open positions, closed now, would undo it');
    return outcomeOf('not_yet', 'undecided', `the bounds still hold ${show(-margin)} between them`);
  }

  private survives(open: readonly number[]): boolean {
    const { margin, range } = this.settings;
    const losses = open.filter((value) => value < -margin);
    if (losses.length === 0) return true;
    const next = this.sequence.copy();
    for (const value of losses) next.add(Math.min(range, value));
    return next.logCapitalAbove(-margin) >= this.threshold;
  }

  /** Verdict and count alone, without the search for the bounds. */
  get outcomeNow(): Pick<Verdict, 'verdict' | 'code' | 'trades'> {
    return { verdict: this.outcome.verdict, code: this.outcome.code, trades: this.sequence.count };
  }

  get isFinal(): boolean {
    return this.outcome.final;
  }

  /** The verdict in full. The bounds cost a search through all trades, so they are worked out only here. */
  verdict(): Verdict {
    const { sequence, outcome, sum, clipped } = this;
    const trades = sequence.count;
    const mean = trades === 0 ? null : sum / trades;
    return { ...outcome, trades, mean, lower: sequence.lower(), upper: sequence.upper(), clipped };
  }
}

function outcomeOf(verdict: Verdict['verdict'], code: Verdict['code'], reason: string): Outcome {
  return { verdict, final: verdict !== 'not_yet' || code === 'inconclusive', code, reason };
}

/** The verdict on these returns, oldest first, as it would have come trade after trade. @throws RangeError as `Judge` */
export function judge(returns: readonly number[], settings: CanarySettings): Verdict {
  const made = new Judge(settings);
  for (const value of returns) made.add(value);
  return made.verdict();
}

function show(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}
