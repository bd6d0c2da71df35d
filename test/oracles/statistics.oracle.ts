import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ConfidenceSequence } from '../../canary/confidence-sequence';
import { bestOneSidedRho, bestTwoSidedRho, normalCdf, oneSidedBound, twoSidedBound } from '../../canary/normal-mixture';
import { rateOf } from '../../canary/rate';
import { seededRandom } from '../../market/embedded-feed';
import { oraclePython } from './python';

// Our statistics against implementations by others, on random cases.
const random = seededRandom('oracles');
const cases = {
  capital: Array.from({ length: 200 }, () => {
    const shape = 0.2 + 3 * random();
    return {
      values: Array.from({ length: 1 + Math.floor(300 * random()) }, () => random() ** shape),
      mean: 0.05 + 0.9 * random(),
      alpha: 0.01 + 0.2 * random(),
      boldness: random() < 0.5 ? 0.5 : 0.75,
    };
  }),
  mixture: Array.from({ length: 100 }, () => ({ variance: 1 + 1000 * random(), alpha: 0.005 + 0.2 * random() })),
  normal: Array.from({ length: 200 }, () => -7 + 14 * random()),
  wilson: Array.from({ length: 100 }, () => {
    const runs = 1 + Math.floor(2000 * random());
    return { runs, hits: Math.floor((runs + 1) * random()) };
  }),
};

type Pairs = [number, number][];
const made = oraclePython();
const name = 'missing' in made ? `(${made.missing})` : '(confseq 0.0.11, scipy)';

it.skipIf('missing' in made)(`agrees with the reference implementations ${name}`, () => {
  if ('missing' in made) return;
  const output = execFileSync(made.python, [path.join(__dirname, 'statistics.py')], { input: JSON.stringify(cases) });
  const oracle = JSON.parse(output.toString()) as { capital: Pairs; mixture: Pairs; normal: number[]; wilson: Pairs };
  for (const [index, { values, mean, alpha, boldness }] of cases.capital.entries()) {
    const sequence = new ConfidenceSequence({ alpha, range: [0, 1], boldness });
    for (const value of values) sequence.add(value);
    const [above, below] = oracle.capital[index]!;
    expect(sequence.logCapitalAbove(mean)).toBeCloseTo(above, 8);
    expect(sequence.logCapitalBelow(mean)).toBeCloseTo(below, 8);
  }
  for (const [index, { variance, alpha }] of cases.mixture.entries()) {
    const [two, one] = oracle.mixture[index]!;
    expect(twoSidedBound(variance, alpha, bestTwoSidedRho(variance, alpha)) / two).toBeCloseTo(1, 9);
    expect(oneSidedBound(variance, alpha, bestOneSidedRho(variance, alpha)) / one).toBeCloseTo(1, 6);
  }
  for (const [index, z] of cases.normal.entries()) expect(normalCdf(z)).toBeCloseTo(oracle.normal[index]!, 12);
  for (const [index, { hits, runs }] of cases.wilson.entries()) {
    const { lo99, hi99 } = rateOf(hits, runs);
    expect(lo99).toBeCloseTo(oracle.wilson[index]![0], 10);
    expect(hi99).toBeCloseTo(oracle.wilson[index]![1], 10);
  }
});
