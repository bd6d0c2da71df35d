import type { CanarySettings } from './settings';
import { applyFill, type Fill, markOpen, type OpenTrip, type RoundTrip } from './trades';
import { Judge, type Verdict } from './verdict';

export interface CanaryOptions {
  readonly settings: CanarySettings;
  /** What selling costs, fraction of its value: fee and half spread. Open positions are marked with it. */
  readonly sellCostFraction: number;
}

export interface CanaryReport extends Verdict {
  /** Net returns of the round trips, oldest first, also of those that came after the verdict. */
  readonly trips: readonly RoundTrip[];
  readonly open: readonly OpenTrip[];
  /** Sells of what was bought before the canary began. */
  readonly unmatched: number;
}

/**
 * Collects a candidate's fills and judges after each closed round trip. It has no clock, network or file of its own:
 * whoever runs it hands it what happened, in the order in which it happened.
 */
export class CanaryRunner {
  private readonly judge: Judge;
  private readonly seen = new Set<string>();
  private readonly positions = new Map<string, OpenTrip>();
  private readonly pricesUsd = new Map<string, number>();
  private readonly trips: RoundTrip[] = [];
  private unmatched = 0;

  /** @throws RangeError naming every setting that is out of place */
  constructor(private readonly options: CanaryOptions) {
    this.judge = new Judge(options.settings);
  }

  /** A symbol's newest price, USD; positions that are open are judged at it. @throws RangeError if it is no price */
  onPrice(symbol: string, priceUsd: number): void {
    if (!(Number.isFinite(priceUsd) && priceUsd > 0))
      throw new RangeError(`${symbol}: expected a price over 0, received ${priceUsd}`);
    this.pricesUsd.set(symbol, priceUsd);
  }

  /**
   * Takes a fill.
   * @returns whether the verdict is final
   * @throws CutoverError `malformed_fill`
   */
  onFill(fill: Fill): boolean {
    if (this.seen.has(fill.id)) return this.judge.isFinal;
    const effect = applyFill(this.positions.get(fill.symbol), fill);
    this.seen.add(fill.id);
    this.pricesUsd.set(fill.symbol, fill.valueUsd / fill.qty);
    if (effect === 'unmatched') {
      this.unmatched += 1;
      return this.judge.isFinal;
    }
    if (effect.open) this.positions.set(fill.symbol, effect.open);
    else this.positions.delete(fill.symbol);
    if (!effect.closed) return this.judge.isFinal;
    this.trips.push(effect.closed);
    return this.judge.add(effect.closed.netReturn, this.marks());
  }

  report(): CanaryReport {
    const { trips, unmatched } = this;
    return { ...this.judge.verdict(), trips: [...trips], open: [...this.positions.values()], unmatched };
  }

  private marks(): number[] {
    return [...this.positions.values()].map((open) =>
      markOpen(open, this.pricesUsd.get(open.symbol)!, this.options.sellCostFraction),
    );
  }
}
