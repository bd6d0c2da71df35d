import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { feeFraction, fillPrice, halfSpreadFraction } from '../../market/fill';

it('costs a basis point of spread and a tenth of a percent of fee', () => {
  expect(fillPrice('buy', 10_000)).toBe(10_001);
  expect(fillPrice('sell', 10_000)).toBe(9_999);
  expect(feeFraction).toBe(0.001);
});

test.prop([fc.double({ min: 1e-8, max: 1e8, noNaN: true })])('never fills better than the close', (close) => {
  expect(fillPrice('buy', close)).toBeGreaterThan(close);
  expect(fillPrice('sell', close)).toBeLessThan(close);
  expect(fillPrice('buy', close) - fillPrice('sell', close)).toBeCloseTo(2 * halfSpreadFraction * close, 6);
});
