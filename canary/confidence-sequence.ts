/**
 * A confidence sequence for the mean of bounded values that holds under looking after **every** value: the chance that the
 * bound is ever wrong, over the whole run, is at most alpha.
 *
 * It is the hedged capital process of Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting"
 * (arXiv 2010.09686), with their predictable plug-in empirical-Bernstein bets. For every mean `m` a gambler bets that the
 * values lie above it, with stakes chosen from the past alone. If the mean, given the past, never exceeds `m`, the
 * gambler's capital is a non-negative supermartingale, so by Ville's inequality it ever reaches 1/alpha with chance alpha
 * at most. This needs boundedness, and nothing else: no normality, no equal variances, no independence.
 *
 * What it cannot do: a value beyond the range, or a mean that is above `m` for a while and below it later, as when a
 * market turns. The first is for the caller to see (`verdict.ts` rejects); the second no look at the past can foresee.
 */
export interface BettingOptions {
  /** The chance of ever being wrong, 0..1, for each side alone. */
  readonly alpha: number;
  /** Lowest and highest value that can come; declared before the first look. */
  readonly range: readonly [low: number, high: number];
  /**
   * How much of the capital a bet may lose at most, 0..1. Half and three quarters are the authors' choices; it changes how
   * fast the bounds close, never whether they hold.
   */
  readonly boldness?: number;
}

/** One side's bet: the value, scaled to 0..1, and the stake that was chosen before it came. */
interface Bet {
  readonly value: number;
  readonly stake: number;
}

export const defaultBoldness = 0.75;

/** A running sequence: add values, and ask for either bound at any time. */
export class ConfidenceSequence {
  private readonly bets: Bet[] = [];
  private readonly boldness: number;
  private readonly low: number;
  private readonly width: number;
  private sum = 0;
  private squares = 0;

  /** @throws RangeError naming every option that is out of place */
  constructor(private readonly options: BettingOptions) {
    const { alpha, range, boldness = defaultBoldness } = options;
    const failures: string[] = [];
    if (!(alpha > 0 && alpha < 1)) failures.push(`alpha: expected a fraction between 0 and 1, received ${alpha}`);
    if (!(Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[0] < range[1]))
      failures.push(`range: expected two finite numbers, the lower first, received [${range.join(', ')}]`);
    if (!(boldness > 0 && boldness < 1))
      failures.push(`boldness: expected a fraction between 0 and 1, received ${boldness}`);
    if (failures.length > 0) throw new RangeError(failures.join('; '));
    this.boldness = boldness;
    this.low = range[0];
    this.width = range[1] - range[0];
  }

  get count(): number {
    return this.bets.length;
  }

  /** @throws RangeError for a value that is not within the declared range: cutting it is the caller's choice */
  add(value: number): void {
    const [low, high] = this.options.range;
    if (!(value >= low && value <= high))
      throw new RangeError(`expected a value from ${low} to ${high}, received ${value}`);
    const scaled = Math.min(1, Math.max(0, (value - this.low) / this.width));
    const t = this.bets.length + 1;
    // One imagined value with mean 1/2 and variance 1/4, the most there can be, starts the estimates off.
    const variance = (1 / 4 + this.squares) / t;
    const stake = Math.sqrt((2 * Math.log(1 / this.options.alpha)) / (t * Math.log(1 + t) * variance));
    this.bets.push({ value: scaled, stake });
    this.sum += scaled;
    this.squares += (scaled - (1 / 2 + this.sum) / (t + 1)) ** 2;
  }

  /** The same sequence, to try further values on. */
  copy(): ConfidenceSequence {
    const copy = new ConfidenceSequence(this.options);
    copy.bets.push(...this.bets);
    copy.sum = this.sum;
    copy.squares = this.squares;
    return copy;
  }

  /** Log of the capital of the gambler who says that the mean is above `mean`; at log(1/alpha) it is. */
  logCapitalAbove(mean: number): number {
    return this.logCapital((mean - this.low) / this.width, (value) => value);
  }

  /** Log of the capital of the gambler who says that the mean is below `mean`. */
  logCapitalBelow(mean: number): number {
    return this.logCapital(1 - (mean - this.low) / this.width, (value) => 1 - value);
  }

  /** The mean is above this, at confidence 1 - alpha, at all looks together. */
  lower(): number {
    return this.low + this.width * this.bound((value) => value);
  }

  /** The mean is below this, likewise. */
  upper(): number {
    return this.low + this.width * (1 - this.bound((value) => 1 - value));
  }

  private logCapital(mean: number, side: (value: number) => number): number {
    if (mean <= 0) return this.bets.some((bet) => side(bet.value) > 0) ? Number.POSITIVE_INFINITY : 0;
    // A stake may lose no more than `boldness` of the capital when the lowest value comes.
    const limit = this.boldness / mean;
    return this.bets.reduce(
      (sum, { value, stake }) => sum + Math.log1p(Math.min(stake, limit) * (side(value) - mean)),
      0,
    );
  }

  /** The capital falls as the mean rises, so the bound is where it crosses 1/alpha. */
  private bound(side: (value: number) => number): number {
    const threshold = Math.log(1 / this.options.alpha);
    let [out, inside] = [0, 1];
    for (let step = 0; step < 50; step += 1) {
      const middle = (out + inside) / 2;
      if (this.logCapital(middle, side) >= threshold) out = middle;
      else inside = middle;
    }
    return out;
  }
}
