import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Candle } from '../../market/candles';
import { edge, embeddedCandles, embeddedEpoch, gaussian, seededRandom } from '../../market/embedded-feed';
import { computeFeatures, featureWindow } from '../../market/features';

const take = (symbol: string, seed: number, count: number): Candle[] => [...embeddedCandles(symbol, seed).take(count)];

describe('embeddedCandles', () => {
  it('is the same for ever: a seed names its candles', () => {
    const [first] = take('BTCUSDT', 1, 1);
    expect(first).toMatchObject({ time: embeddedEpoch, open: 60_000 });
    expect(take('BTCUSDT', 1, 500).at(-1)!.close).toBeCloseTo(pinnedClose, 6);
  });

  test.prop([fc.integer(), fc.stringMatching(/^[A-Z0-9]{2,20}$/)])(
    'gives whole candles, one a minute, each opening where the last closed',
    (seed, symbol) => {
      const candles = take(symbol, seed, 60);
      expect(take(symbol, seed, 60)).toEqual(candles);
      for (const [index, { time, open, high, low, close, volume }] of candles.entries()) {
        expect(time).toBe(embeddedEpoch + index * 60_000);
        expect(low).toBeGreaterThan(0);
        expect(low).toBeLessThanOrEqual(Math.min(open, close));
        expect(high).toBeGreaterThanOrEqual(Math.max(open, close));
        expect(volume).toBeGreaterThan(0);
        if (index > 0) expect(open).toBe(candles[index - 1]!.close);
      }
    },
  );

  it('differs by seed and by symbol, in returns and not only in price', () => {
    const returns = (candles: Candle[]) => candles.map(({ open, close }) => (close / open).toFixed(12)).join();
    const series = [take('BTCUSDT', 1, 50), take('BTCUSDT', 2, 50), take('ETHUSDT', 1, 50)].map(returns);
    expect(new Set(series).size).toBe(3);
  });

  it('has the planted edge: the sign of the momentum tells the sign of the next five candles well above chance', () => {
    // Independent windows of 40 candles on several seeds, so that the binomial bound below holds.
    let [right, all] = [0, 0];
    for (let seed = 1; seed <= 20; seed += 1) {
      const candles = take('BTCUSDT', seed, 8_000);
      for (let end = featureWindow; end + 5 <= candles.length; end += 40) {
        const { mom_20 } = computeFeatures(candles.slice(end - featureWindow, end));
        const ahead = candles[end + 4]!.close - candles[end - 1]!.close;
        right += Number(mom_20 > 0 === ahead > 0);
        all += 1;
      }
    }
    // Chance alone stays below 50 % plus five standard errors but once in three million draws; the seeds are fixed.
    expect(right / all).toBeGreaterThan(0.5 + 5 * Math.sqrt(0.25 / all));
    expect(right / all).toBeLessThan(0.75);
  });

  it('has the noise that it says', () => {
    const logs = take('ETHUSDT', 3, 50_000).map(({ open, close }) => Math.log(close / open));
    const variance = logs.reduce((sum, value) => sum + value ** 2, 0) / logs.length;
    const drift = edge.tau ** 2 / (1 - edge.phi ** 2);
    expect(variance / (edge.sigma ** 2 + drift)).toBeCloseTo(1, 1);
  });
});

describe('seededRandom', () => {
  test.prop([fc.string()])('is a function of its seed, in [0, 1)', (seed) => {
    const [one, other] = [seededRandom(seed), seededRandom(seed)];
    for (let index = 0; index < 50; index += 1) {
      const value = one();
      expect(value).toBe(other());
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1);
    }
  });

  it('is even: a chi-square of 100 classes over 100,000 draws', () => {
    const random = seededRandom('even');
    const counts = new Array<number>(100).fill(0);
    for (let index = 0; index < 100_000; index += 1) counts[Math.floor(random() * 100)]! += 1;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    expect(chiSquare).toBeLessThan(149); // the 99.9 % point for 99 degrees of freedom
  });

  it('makes standard normal numbers', () => {
    const random = seededRandom('normal');
    const values = Array.from({ length: 50_000 }, () => gaussian(random));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
    expect(values.every(Number.isFinite)).toBe(true);
  });
});

/** Close of candle 500 of BTCUSDT with seed 1. */
const pinnedClose = 41_460.934_089_641_945;
