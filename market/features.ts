import type { Candle } from './candles';

/**
 * The model's inputs, named as the runbooks name them.
 * - `mom_20`: change of the close over the last 20 candles, in percent
 * - `rv_5`: realized volatility, the standard deviation of the last 5 one-candle log returns, in percent
 * - `rsi_14`: Wilder's relative strength index over 14 candles (simple averages), 0..100
 */
export interface Features {
  readonly mom_20: number;
  readonly rv_5: number;
  readonly rsi_14: number;
}

export const featureNames = ['mom_20', 'rv_5', 'rsi_14'] as const;

/** How many closed candles the features look back over. */
export const featureWindow = 21;

/**
 * The features at the close of the last candle.
 * @param candles oldest first, at least {@link featureWindow}
 * @throws RangeError when there are too few candles
 */
export function computeFeatures(candles: readonly Candle[]): Features {
  if (candles.length < featureWindow)
    throw new RangeError(`features need ${featureWindow} candles, received ${candles.length}`);
  const closes = candles.slice(-featureWindow).map((candle) => candle.close);
  const last = closes.at(-1)!;
  const returns = closes.slice(1).map((close, index) => Math.log(close / closes[index]!));
  return {
    mom_20: (last / closes[0]! - 1) * 100,
    rv_5: deviation(returns.slice(-5)) * 100,
    rsi_14: relativeStrength(closes.slice(-15)),
  };
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

function relativeStrength(closes: readonly number[]): number {
  let gain = 0;
  let loss = 0;
  for (let index = 1; index < closes.length; index += 1) {
    const change = closes[index]! - closes[index - 1]!;
    if (change > 0) gain += change;
    else loss -= change;
  }
  return gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
}
