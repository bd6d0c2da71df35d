import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { Candle } from '../../market/candles';
import { computeFeatures, featureNames, featureWindow } from '../../market/features';

const candle = (close: number): Candle => ({ time: 0, open: close, high: close, low: close, close, volume: 1 });
const features = (closes: readonly number[]) => computeFeatures(closes.map(candle));

const price = fc.double({ min: 0.01, max: 1e6, noNaN: true });
const closesOf = (size: number) => fc.array(price, { minLength: size, maxLength: size });

/** The definitions once more, written out the slow way from the documentation of each indicator. */
function naive(closes: readonly number[]): { mom_20: number; rv_5: number; rsi_14: number } {
  const at = (back: number) => closes[closes.length - 1 - back]!;
  const logs = [0, 1, 2, 3, 4].map((back) => Math.log(at(back)) - Math.log(at(back + 1)));
  // The sample variance from the differences of all pairs.
  let pairs = 0;
  for (const one of logs) for (const other of logs) pairs += (one - other) ** 2;
  const variance = pairs / (2 * logs.length * (logs.length - 1));
  let [gains, losses] = [0, 0];
  for (let back = 0; back < 14; back += 1) {
    gains += Math.max(0, at(back) - at(back + 1)) / 14;
    losses += Math.max(0, at(back + 1) - at(back)) / 14;
  }
  const strength = losses === 0 ? Number.POSITIVE_INFINITY : gains / losses;
  const rsi = gains === 0 && losses === 0 ? 50 : 100 - 100 / (1 + strength);
  return { mom_20: (100 * (at(0) - at(20))) / at(20), rv_5: 100 * Math.sqrt(variance), rsi_14: rsi };
}

describe('computeFeatures', () => {
  it('gives the numbers that a calculator gives', () => {
    // 100 for long, then up 1, 2, 3, down 1, up 5: closes 101, 103, 106, 105, 110.
    const closes = [...new Array<number>(16).fill(100), 101, 103, 106, 105, 110];
    const { mom_20, rv_5, rsi_14 } = features(closes);
    expect(mom_20).toBeCloseTo(10, 12);
    expect(rsi_14).toBeCloseTo(100 * (11 / 12), 12);
    // Log returns in percent: 0.99503, 1.96085, 2.87108, -0.94787, 4.65200; their deviation by hand.
    expect(rv_5).toBeCloseTo(2.088_614, 6);
  });

  test.prop([closesOf(featureWindow)])('agrees with the definitions', (closes) => {
    const [ours, theirs] = [features(closes), naive(closes)];
    for (const name of featureNames)
      expect(Math.abs(ours[name] - theirs[name])).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(theirs[name])));
  });

  test.prop([closesOf(featureWindow), fc.array(price, { maxLength: 50 })])(
    'looks back over its window and no further',
    (closes, earlier) => {
      expect(features([...earlier, ...closes])).toEqual(features(closes));
    },
  );

  test.prop([closesOf(featureWindow), fc.constantFrom(0.5, 2, 1024)])(
    'does not depend on the currency',
    (closes, rate) => {
      const [one, other] = [features(closes), features(closes.map((close) => close * rate))];
      for (const name of featureNames)
        expect(Math.abs(one[name] - other[name])).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(one[name])));
    },
  );

  test.prop([closesOf(featureWindow)])('stays within its bounds', (closes) => {
    const { mom_20, rv_5, rsi_14 } = features(closes);
    expect(mom_20).toBeGreaterThan(-100);
    expect(rv_5).toBeGreaterThanOrEqual(0);
    expect(rsi_14).toBeGreaterThanOrEqual(0);
    expect(rsi_14).toBeLessThanOrEqual(100);
  });

  it('is neutral in a market that does not move, and extreme in one that only rises or falls', () => {
    const line = (step: number) => Array.from({ length: featureWindow }, (_, index) => 100 + step * index);
    expect(features(line(0))).toEqual({ mom_20: 0, rv_5: 0, rsi_14: 50 });
    expect(features(line(1)).rsi_14).toBe(100);
    expect(features(line(-1)).rsi_14).toBe(0);
  });

  it('needs enough candles', () => {
    expect(() => features(new Array<number>(featureWindow - 1).fill(1))).toThrow(RangeError);
  });
});
