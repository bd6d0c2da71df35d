import { describe, expect, it } from 'vitest';
import { calibrate, naivePeeking } from '../../canary/calibrate';
import { rateOf } from '../../canary/rate';
import { series } from '../../canary/series';

// A reduced count; `npm run calibrate` runs the full one.
const runs = 150;
const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

describe(`simulated canaries, ${runs} runs per arm (reduced)`, () => {
  it.each(series)('$name', (each) => {
    const result = calibrate(each, runs, 1);
    console.log(
      `${each.name}: ${runs} runs, false promote ${percent(result.falsePromote.rate)}, false reject ${percent(result.falseReject.rate)}, power ${percent(result.power)}, trades ${result.trades?.toFixed(0)}`,
    );
    expect(result.power).toBeGreaterThan(0.9);
    if (!each.guaranteed) return;
    expect(result.falsePromote.lo99).toBeLessThanOrEqual(result.alpha);
    expect(result.falseReject.lo99).toBeLessThanOrEqual(result.alpha);
    expect(result.promotedWorse.rate).toBe(0);
  });

  it('gives the same numbers for the same seed, and others for another', () => {
    const [gaussian] = series;
    expect(calibrate(gaussian!, 20, 7)).toEqual(calibrate(gaussian!, 20, 7));
    expect(calibrate(gaussian!, 20, 7)).not.toEqual(calibrate(gaussian!, 20, 8));
  });
});

// Published rates of a 5 % test that is looked at again: the simulation must find them too.
it.each([
  [2, 0.0831],
  [5, 0.1417],
  [10, 0.1934],
  [50, 0.3204],
])('naive peeking, %s looks, is wrong in %s of the runs', (looks, published) => {
  const { lo99, hi99 } = naivePeeking(looks, 20_000, 1);
  expect(published).toBeGreaterThan(lo99);
  expect(published).toBeLessThan(hi99);
});

it('gives the interval of Wilson', () => {
  // scipy 1.17: binomtest(5, 100).proportion_ci(.99, 'wilson')
  const { rate, lo99, hi99 } = rateOf(5, 100);
  expect(rate).toBe(0.05);
  expect(lo99).toBeCloseTo(0.016848316042600675, 12);
  expect(hi99).toBeCloseTo(0.13915030290164002, 12);
  expect(rateOf(0, 10).lo99).toBe(0);
  expect(rateOf(10, 10).hi99).toBe(1);
});
