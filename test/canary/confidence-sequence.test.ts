import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { ConfidenceSequence } from '../../canary/confidence-sequence';

function sequence(values: readonly number[], alpha = 0.05, boldness = 0.75): ConfidenceSequence {
  const made = new ConfidenceSequence({ alpha, range: [0, 1], boldness });
  for (const value of values) made.add(value);
  return made;
}

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const values = fc.array(unit, { maxLength: 60 });

describe('a confidence sequence', () => {
  it('gives the numbers of the reference implementation', () => {
    // confseq 0.0.11: betting_cs([1,0,0,1,0]*20, alpha=.05), which gives each side half of alpha, ends at [0.254, 0.561],
    // on a grid of 0.001 that it widens by one step on either side.
    const made = sequence(Array.from({ length: 20 }, () => [1, 0, 0, 1, 0]).flat(), 0.025, 0.5);
    expect(Math.ceil(made.lower() * 1000) - 1).toBe(254);
    expect(Math.floor(made.upper() * 1000) + 1).toBe(561);
    // Its betting_mart at single means, alpha = .05 for one side.
    const one = sequence(Array.from({ length: 20 }, () => [1, 0, 0, 1, 0]).flat(), 0.05, 0.5);
    expect(one.logCapitalAbove(0.3)).toBeCloseTo(1.2946279136689995, 12);
    expect(one.logCapitalBelow(0.55)).toBeCloseTo(3.104624630992957, 12);
  });

  it('knows nothing before the first value', () => {
    expect(sequence([]).lower()).toBeCloseTo(0, 9);
    expect(sequence([]).upper()).toBeCloseTo(1, 9);
  });

  test.prop([values, unit, unit])('has a capital that falls as the mean rises', (list, a, b) => {
    const [low, high] = [Math.min(a, b), Math.max(a, b)];
    const made = sequence(list);
    expect(made.logCapitalAbove(low)).toBeGreaterThanOrEqual(made.logCapitalAbove(high) - 1e-9);
    expect(made.logCapitalBelow(high)).toBeGreaterThanOrEqual(made.logCapitalBelow(low) - 1e-9);
  });

  test.prop([values])('has its mean between its bounds', (list) => {
    const made = sequence(list);
    const mean = list.reduce((sum, value) => sum + value, 0) / Math.max(1, list.length);
    expect(made.lower()).toBeLessThanOrEqual(made.upper() + 1e-9);
    if (list.length === 0) return;
    expect(made.lower()).toBeLessThanOrEqual(mean + 1e-9);
    expect(made.upper()).toBeGreaterThanOrEqual(mean - 1e-9);
  });

  test.prop([values])('is its own mirror image', (list) => {
    expect(sequence(list.map((value) => 1 - value)).upper()).toBeCloseTo(1 - sequence(list).lower(), 9);
  });

  test.prop([values.filter((list) => list.length > 0), unit])(
    'is better off with a better last value',
    (list, other) => {
      const [worse, better] = [Math.min(list.at(-1)!, other), Math.max(list.at(-1)!, other)];
      const past = list.slice(0, -1);
      expect(sequence([...past, better]).lower()).toBeGreaterThanOrEqual(sequence([...past, worse]).lower() - 1e-9);
    },
  );

  // The definition itself, in full: over every path of a fair coin the capital, stopped when it reaches 1/alpha, is
  // worth 1 on the mean. So the chance of ever reaching it is at most alpha.
  it.each([0.5, 0.75])('is a fair game at the true mean, path by path (boldness %s)', (boldness) => {
    const length = 12;
    let capital = 0;
    let reached = 0;
    for (let path = 0; path < 2 ** length; path += 1) {
      const made = new ConfidenceSequence({ alpha: 0.1, range: [-1, 1], boldness });
      let stopped: number | undefined;
      for (let bit = 0; bit < length; bit += 1) {
        made.add((path >> bit) & 1 ? 1 : -1);
        const now = made.logCapitalAbove(0);
        if (stopped === undefined && now >= Math.log(10)) stopped = now;
      }
      if (stopped !== undefined) reached += 1;
      capital += Math.exp(stopped ?? made.logCapitalAbove(0));
    }
    expect(capital / 2 ** length).toBeCloseTo(1, 9);
    expect(reached / 2 ** length).toBeLessThanOrEqual(0.1);
    expect(reached).toBeGreaterThan(0);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -0.01, 1.01])('refuses %s', (value) => {
    expect(() => sequence([value])).toThrow(RangeError);
  });

  it('names every option that is out of place', () => {
    const make = () => new ConfidenceSequence({ alpha: 0, range: [1, 0], boldness: 1 });
    expect(make).toThrow(/alpha: .*range: .*boldness: /);
  });
});
