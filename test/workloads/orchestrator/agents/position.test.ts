import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { derivePosition, orderKey, type Trade, windowOf } from '../../../../workloads/orchestrator/agents/position';

const windows = fc.record({ feedId: fc.string({ minLength: 1 }), candleTime: fc.nat() });
const sides = fc.constantFrom('buy', 'sell');

property.prop([windows, sides])('the window of a key is found again', (window, side) => {
  const key = orderKey('live_trader', 'BTCUSDT', window, side);
  expect(windowOf(key, 'live_trader', 'BTCUSDT')).toEqual(window);
  expect(windowOf(key, 'live_trade', 'BTCUSDT')).toBeUndefined();
  expect(windowOf(key, 'live_trader', 'BTC')).toBeUndefined();
});

property.prop([fc.string()])('any other text is no key', (text) => {
  expect(windowOf(text, 'live_trader', 'BTCUSDT')).toBeUndefined();
});

function trade(side: string, qty: number | null, candleTime: number, change: Partial<Trade> = {}): Trade {
  const clientOrderId = orderKey('a', 'S', { feedId: 'f', candleTime }, side);
  return { clientOrderId, mode: 'paper', status: 'filled', side, qty, ...change };
}

property.prop([fc.array(fc.tuple(sides, fc.double({ min: 0.001, max: 10, noNaN: true })))])(
  'a position is never below flat, and never more than was bought',
  (fills) => {
    const trades = fills.map(([side, qty], index) => trade(side, qty, index)).reverse();
    const bought = fills.reduce((sum, [side, qty]) => sum + (side === 'buy' ? qty : 0), 0);
    const { qty } = derivePosition(trades, 'a', 'S', 'paper');
    expect(qty).toBeGreaterThanOrEqual(0);
    expect(qty).toBeLessThanOrEqual(bought + 1e-9);
  },
);

test('only own, filled trades of this mode and symbol make a position', () => {
  const foreign = [
    trade('buy', 7, 1, { clientOrderId: orderKey('b', 'S', { feedId: 'f', candleTime: 1 }, 'buy') }),
    trade('buy', 7, 1, { clientOrderId: orderKey('a', 'T', { feedId: 'f', candleTime: 1 }, 'buy') }),
    trade('buy', 7, 1, { clientOrderId: '3f0c9a3e-0000-4000-8000-000000000000' }),
    trade('buy', 7, 1, { mode: 'live' }),
  ];
  const refused = trade('buy', null, 9, { status: 'refused' });
  const trades = [refused, ...foreign, trade('sell', 1, 5), trade('buy', 3, 2)];
  expect(derivePosition(trades, 'a', 'S', 'paper')).toEqual({
    qty: 2,
    entry: { feedId: 'f', candleTime: 2 },
    lastOrder: { feedId: 'f', candleTime: 9 },
    unsettled: false,
  });
  expect(derivePosition([], 'a', 'S', 'paper')).toEqual({
    qty: 0,
    entry: undefined,
    lastOrder: undefined,
    unsettled: false,
  });
});

test('a pending trade is unsettled, not yet a position', () => {
  const trades = [trade('buy', null, 2, { status: 'pending' })];
  expect(derivePosition(trades, 'a', 'S', 'paper')).toMatchObject({ qty: 0, unsettled: true });
  expect(derivePosition(trades, 'a', 'S', 'live').unsettled).toBe(false);
});

test('the candles of a position are counted from its newest buy', () => {
  const trades = [trade('buy', 1, 6), trade('sell', 2.997, 5), trade('buy', 3, 1)];
  expect(derivePosition(trades, 'a', 'S', 'paper').entry).toEqual({ feedId: 'f', candleTime: 6 });
});
