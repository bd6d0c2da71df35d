import { expect, it } from 'vitest';
import {
  bestOneSidedRho,
  bestTwoSidedRho,
  logMixture,
  normalCdf,
  oneSidedBound,
  twoSidedBound,
} from '../../canary/normal-mixture';

// The numbers are those of the reference implementation of the paper's authors (confseq 0.0.11).
it('gives the numbers of the reference implementation', () => {
  const rho = bestTwoSidedRho(100, 0.05);
  expect(rho).toBeCloseTo(12.60056097925634, 10);
  expect(logMixture(10, 100, rho)).toBeCloseTo(-0.6510051600071821, 12);
  expect(twoSidedBound(100, 0.05, rho)).toBeCloseTo(30.35208990376253, 10);
  expect(oneSidedBound(100, 0.05, bestOneSidedRho(100, 0.05))).toBeCloseTo(27.660708830694603, 8);
});

it('has the normal distribution right', () => {
  expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 12);
  expect(normalCdf(-1.6448536269514722)).toBeCloseTo(0.05, 12);
  expect(normalCdf(0)).toBe(0.5);
});
