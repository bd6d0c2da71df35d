import type { Candle } from '../../../market/candles';
import { embeddedCandles, embeddedIntervalSeconds } from '../../../market/embedded-feed';
import { computeFeatures, featureNames, featureWindow } from '../../../market/features';

/** Inputs (in the order of `featureNames`) with what came after: 1 when the close was higher at the horizon, else 0. */
export interface Dataset {
  readonly inputs: readonly (readonly number[])[];
  readonly labels: readonly (0 | 1)[];
}

/** How many candles ahead the model looks. */
export const horizonCandles = 5;

/** The examples in a run of candles, oldest first. The last {@link horizonCandles} have no outcome yet and are left out. */
export function examplesOf(candles: readonly Candle[]): Dataset {
  const inputs: number[][] = [];
  const labels: (0 | 1)[] = [];
  for (let end = featureWindow; end + horizonCandles <= candles.length; end += 1) {
    const features = computeFeatures(candles.slice(end - featureWindow, end));
    inputs.push(featureNames.map((name) => features[name]));
    labels.push(candles[end - 1 + horizonCandles]!.close > candles[end - 1]!.close ? 1 : 0);
  }
  return { inputs, labels };
}

/** The first `count` candles of an embedded series. */
export function embeddedRun(symbol: string, seed: number, count: number): Candle[] {
  const candles = embeddedCandles(symbol, seed);
  return Array.from({ length: count }, () => candles.next().value);
}

/** One data set from several embedded series. */
export function embeddedDataset(symbols: readonly string[], seeds: readonly number[], candles: number): Dataset {
  const parts = symbols.flatMap((symbol) => seeds.map((seed) => examplesOf(embeddedRun(symbol, seed, candles))));
  return { inputs: parts.flatMap((part) => part.inputs), labels: parts.flatMap((part) => part.labels) };
}

/** When the candles of an embedded run begin and end, in milliseconds since the epoch. */
export function windowOf(candles: readonly Candle[]): { from: number; to: number } {
  return { from: candles[0]!.time, to: candles.at(-1)!.time + embeddedIntervalSeconds * 1000 };
}
