import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { decideOrder, dustFraction, type Signal } from '../../../../workloads/orchestrator/agents/decide-order';
import { meanReversion } from '../../../../workloads/orchestrator/agents/mean-reversion';
import { momentum } from '../../../../workloads/orchestrator/agents/momentum';
import type { Position, SignalWindow } from '../../../../workloads/orchestrator/agents/position';

const minute = 60_000;
const windows: fc.Arbitrary<SignalWindow> = fc.record({
  feedId: fc.constantFrom('a', 'b'),
  candleTime: fc.nat(50).map((index) => index * minute),
});
const signals: fc.Arbitrary<Signal> = fc.record({
  window: windows,
  intervalSeconds: fc.constant(60),
  priceUsd: fc.double({ min: 0.0001, max: 1e6, noNaN: true }),
  features: fc.record({
    mom_20: fc.double({ min: -10, max: 10, noNaN: true }),
    rv_5: fc.double({ min: 0, max: 5, noNaN: true }),
    rsi_14: fc.double({ min: 0, max: 100, noNaN: true }),
  }),
  consensus: fc.record({ allow: fc.boolean(), confidence: fc.double({ min: 0, max: 1, noNaN: true }) }),
});
const positions: fc.Arbitrary<Position> = fc.record({
  qty: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e4, noNaN: true })),
  entry: fc.option(windows, { nil: undefined }),
  lastOrder: fc.option(windows, { nil: undefined }),
  unsettled: fc.constant(false),
});
const strategies = fc.constantFrom(momentum, meanReversion);
const amounts = fc.double({ min: 0.01, max: 1e5, noNaN: true });

property.prop([strategies, positions, signals, amounts])(
  'a buy only when flat and allowed, for the configured amount; a sell only of what is held',
  (strategy, position, signal, qtyUsd) => {
    const order = decideOrder(strategy, position, signal, qtyUsd);
    const valueUsd = position.qty * signal.priceUsd;
    if (order?.side === 'buy') {
      expect(signal.consensus.allow).toBe(true);
      expect(valueUsd).toBeLessThan(qtyUsd * dustFraction);
      expect(order.qtyUsd).toBe(qtyUsd);
    }
    if (order?.side === 'sell') {
      expect(valueUsd).toBeGreaterThanOrEqual(qtyUsd * dustFraction);
      expect(order.qtyUsd).toBeGreaterThan(0);
      expect(order.qtyUsd).toBeLessThanOrEqual(valueUsd);
      expect(order.qtyUsd).toBeGreaterThan(valueUsd - 0.0101);
    }
  },
);

property.prop([strategies, positions, signals, amounts])(
  'no second order in the window of the last one, and none while one is unsettled',
  (strategy, position, signal, qtyUsd) => {
    for (const change of [{ lastOrder: signal.window }, { unsettled: true }])
      expect(decideOrder(strategy, { ...position, ...change }, signal, qtyUsd)).toBeUndefined();
  },
);

property.prop([positions, signals, amounts])('momentum never holds over five candles', (position, signal, qtyUsd) => {
  const entry = { feedId: signal.window.feedId, candleTime: signal.window.candleTime - 5 * minute };
  const held = { ...position, entry, lastOrder: entry, qty: Math.max(qtyUsd, 1) / signal.priceUsd };
  expect(decideOrder(momentum, held, signal, qtyUsd)?.side).toBe('sell');
});

describe('momentum', () => {
  const features = { mom_20: 0, rv_5: 0, rsi_14: 50 };
  const view = { holding: true, candlesHeld: 1, features, consensus: { allow: true, confidence: 0.6 } };
  test.each([
    ['flat and allowed', { holding: false }, 'buy'],
    ['flat and not allowed', { holding: false, consensus: { allow: false, confidence: 0.4 } }, 'wait'],
    ['holding, still likely to rise', {}, 'wait'],
    ['holding, more likely to fall', { consensus: { allow: false, confidence: 0.49 } }, 'sell'],
    ['holding, four candles', { candlesHeld: 4 }, 'wait'],
    ['holding, five candles', { candlesHeld: 5 }, 'sell'],
    ['holding a position of another feed', { candlesHeld: Number.POSITIVE_INFINITY }, 'sell'],
  ])('%s', (_name, change, expected) => {
    expect(momentum({ ...view, ...change })).toBe(expected);
  });
});

describe('mean reversion', () => {
  const consensus = { allow: true, confidence: 0.6 };
  const view = (holding: boolean, rsi_14: number, allow = true) => ({
    holding,
    candlesHeld: 1,
    features: { mom_20: 0, rv_5: 0, rsi_14 },
    consensus: { ...consensus, allow },
  });
  test.each([
    [view(false, 34.9), 'buy'],
    [view(false, 34.9, false), 'wait'],
    [view(false, 35), 'wait'],
    [view(true, 20), 'wait'],
    [view(true, 55), 'wait'],
    [view(true, 55.1), 'sell'],
  ])('%j', (seen, expected) => {
    expect(meanReversion(seen)).toBe(expected);
  });
});
