import { type Candle, type CandleSeries, preRollCandles } from '../../market/candles';
import { embeddedCandles, embeddedEpoch, embeddedIntervalSeconds } from '../../market/embedded-feed';

/** The largest number of candles that is kept, and so can be asked for. */
export const keptCandles = 2_000;

/** The candles of one symbol as a function of market time (milliseconds since the epoch). */
export interface SymbolFeed {
  readonly intervalSeconds: number;
  /** At least {@link preRollCandles} candles are closed from this market time on. */
  readonly startsAt: number;
  /** From this market time on no further candle closes. */
  readonly endsAt: number;
  /** The newest candles that are closed at `time`, oldest first. `limit` is at most {@link keptCandles}. */
  closedCandles(time: number, limit: number): Candle[];
}

/** The endless embedded market of a symbol. */
export function embeddedFeed(symbol: string, seed: number): SymbolFeed {
  const interval = embeddedIntervalSeconds * 1000;
  let source = embeddedCandles(symbol, seed);
  let made = 0;
  let kept: Candle[] = [];
  return {
    intervalSeconds: embeddedIntervalSeconds,
    startsAt: embeddedEpoch + preRollCandles * interval,
    endsAt: Number.POSITIVE_INFINITY,
    closedCandles: (time, limit) => {
      const closed = Math.max(0, Math.floor((time - embeddedEpoch) / interval));
      const first = Math.max(0, closed - limit);
      // The generator only goes forward. Time does too, so starting again is a rare case, but it keeps this a function.
      if (first < made - kept.length) {
        source = embeddedCandles(symbol, seed);
        made = 0;
        kept = [];
      }
      for (; made < closed; made += 1) {
        kept.push(source.next().value);
        if (kept.length > 2 * keptCandles) kept = kept.slice(-keptCandles);
      }
      const oldest = made - kept.length;
      return kept.slice(first - oldest, closed - oldest);
    },
  };
}

/** A recorded market of a symbol. The series holds more than {@link preRollCandles} candles. */
export function recordedFeed(series: CandleSeries): SymbolFeed {
  const interval = series.intervalSeconds * 1000;
  const { candles } = series;
  return {
    intervalSeconds: series.intervalSeconds,
    startsAt: candles[preRollCandles - 1]!.time + interval,
    endsAt: candles.at(-1)!.time + interval,
    closedCandles: (time, limit) => {
      const closed = countClosed(candles, time - interval);
      return candles.slice(Math.max(0, closed - limit), closed);
    },
  };
}

/** How many candles open at `lastOpening` or earlier, by bisection. */
function countClosed(candles: readonly Candle[], lastOpening: number): number {
  let [low, high] = [0, candles.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (candles[middle]!.time <= lastOpening) low = middle + 1;
    else high = middle;
  }
  return low;
}
