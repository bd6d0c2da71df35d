import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { digestBytes } from '../../posture/digest';
import type { Posture } from '../../posture/posture';
import { splitTransition } from '../../posture/transition';
import { paperPosture } from '../helpers/posture';

const live: Posture = { ...paperPosture, tradingMode: 'live' };
const paper = paperPosture;
const [agent] = paper.agents as [Posture['agents'][0]];
const other = digestBytes('other');

/** Few values of each dimension, so that postures are often comparable. */
const postures: fc.Arbitrary<Posture> = fc
  .record({
    tradingMode: fc.constantFrom('paper', 'live'),
    account: fc.constantFrom(paper.account, { venue: 'sandbox', id: 's' }, { venue: 'real', id: 'r' }),
    agents: fc.subarray([agent, { ...agent, name: 'second' }, { ...agent, name: 'third' }]),
    symbols: fc.subarray(['BTCUSDT', 'ETHUSDT']),
    confidenceThreshold: fc.constantFrom(0.5, 0.6, 0.7),
    model: fc.constantFrom(paper.model, paper.model, { version: '2', digest: other }),
    maxOrderUsd: fc.constantFrom(1, 2, 3),
    maxDrawdown: fc.constantFrom(0.1, 0.2),
  })
  .map(({ maxOrderUsd, maxDrawdown, ...rest }) => ({
    ...paper,
    ...rest,
    risk: { ...paper.risk, maxOrderUsd, maxDrawdown },
  }));

/** Whether one posture carries no more risk than another: the way there has no rise. */
const isBelow = (one: Posture, than: Posture) => splitTransition(than, one).rises.length === 0;

describe('the risk order', () => {
  test.prop([postures])('is reflexive', (one) => {
    expect(isBelow(one, one)).toBe(true);
  });

  test.prop([postures, postures, postures], { numRuns: 1_000 })('is transitive', (low, middle, high) => {
    if (isBelow(low, middle) && isBelow(middle, high)) expect(isBelow(low, high)).toBe(true);
  });

  test.prop([postures, postures], { numRuns: 1_000 })('is antisymmetric under live', (one, another) => {
    const [a, b] = [one, another].map((posture) => ({ ...posture, tradingMode: 'live' }) as Posture) as [
      Posture,
      Posture,
    ];
    if (isBelow(a, b) && isBelow(b, a)) expect(a).toEqual(b);
  });

  test.prop([postures, postures])(
    'has every paper posture below every live one, and no live one below paper',
    (one, another) => {
      const [low, high] = [{ ...one, tradingMode: 'paper' } as const, { ...another, tradingMode: 'live' } as const];
      expect(isBelow(low, high)).toBe(true);
      expect(isBelow(high, low)).toBe(false);
    },
  );

  test.prop([postures, postures])(
    'turns rises into falls on the way back, or into rises: never into nothing',
    (one, another) => {
      const [a, b] = [one, another].map((posture) => ({ ...posture, tradingMode: 'live' }) as Posture) as [
        Posture,
        Posture,
      ];
      const whatOf = (from: Posture, to: Posture) => {
        const { rises, falls } = splitTransition(from, to);
        return [...rises, ...falls].map(({ what }) => what).sort();
      };
      expect(whatOf(a, b)).toEqual(whatOf(b, a));
      expect(splitTransition(a, b).falls.length).toBeLessThanOrEqual(splitTransition(b, a).rises.length);
    },
  );
});

const { maxDrawdown: _, ...withoutDrawdown } = live.risk;

describe('what has no place in the order', () => {
  const rises = (from: object, to: object) =>
    splitTransition(from as Posture, to as Posture).rises.map(({ what }) => what);

  it.each([
    ['a limit that is gone', live, { ...live, risk: withoutDrawdown }, ['risk.maxDrawdown']],
    ['a limit that is new', live, { ...live, risk: { ...live.risk, maxLeverage: 2 } }, ['risk.maxLeverage']],
    ['a field of another version', live, { ...live, leverage: 2 }, ['leverage']],
    ['a field of another version that is gone', { ...live, leverage: 2 }, live, ['leverage']],
    [
      'a workload of another version',
      live,
      { ...live, workloads: { ...live.workloads, proxy: other } },
      ['workloads.proxy'],
    ],
    ['its settings', live, { ...live, settings: { ...live.settings, proxy: other } }, ['settings.proxy']],
    ['another mode', live, { ...live, tradingMode: 'LIVE' }, ['tradingMode']],
    ['another mode from paper', paper, { ...paper, tradingMode: '' }, ['tradingMode']],
    ['a threshold that is no number', live, { ...live, confidenceThreshold: null }, ['confidenceThreshold']],
    ['a threshold that is not even JSON', live, { ...live, confidenceThreshold: Number.NaN }, ['confidenceThreshold']],
  ])('is a rise: %s', (_what, from, to, what) => {
    expect(rises(from, to)).toEqual(what);
  });

  it('does not hold up the way to paper', () => {
    const strange = { ...paper, leverage: 2, risk: {} };
    expect(rises(live, strange)).toEqual([]);
    expect(rises({ ...live, tradingMode: 'LIVE' }, paper)).toEqual([]);
  });
});
