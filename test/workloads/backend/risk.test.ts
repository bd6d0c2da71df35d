import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { isReducing, judgeOrder, type OrderRequest, type RiskView } from '../../../workloads/backend/risk';

// Small ranges that overlap, so that every verdict is common.
const usd = fc.double({ min: 0.01, max: 100, noNaN: true });
const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const symbol = fc.constantFrom('BTCUSDT', 'ETHUSDT');
const order: fc.Arbitrary<OrderRequest> = fc.record({
  symbol,
  side: fc.constantFrom('buy', 'sell'),
  qtyUsd: usd,
  confidence: fraction,
});
const view: fc.Arbitrary<RiskView> = fc.record({
  limits: fc.record({
    maxOrderUsd: usd,
    maxPositionUsd: usd,
    maxDrawdown: fraction,
    maxOrdersPerMinute: fc.integer({ min: 1, max: 20 }),
  }),
  confidenceThreshold: fraction,
  locked: fc.boolean(),
  drawdown: fraction,
  positions: fc.uniqueArray(fc.record({ symbol, valueUsd: fc.double({ min: -100, max: 100, noNaN: true }) }), {
    selector: (position) => position.symbol,
  }),
  unsettledBuysUsd: fc.double({ min: 0, max: 50, noNaN: true }),
  sentLastMinute: fc.nat(20),
});
const heldIn = (symbol: string, { positions }: RiskView) =>
  positions.find((position) => position.symbol === symbol)?.valueUsd ?? 0;

/** An order that takes away a share of a position, and the position. */
const reduction = fc.tuple(order, usd, fc.double({ min: 0.01, max: 1, noNaN: true })).map(([order, held, share]) => ({
  order: { ...order, qtyUsd: held * share },
  position: { symbol: order.symbol, valueUsd: order.side === 'sell' ? held : -held },
}));

describe('judgeOrder', () => {
  test.prop([reduction, view])('lets every reducing order out, whatever else holds', ({ order, position }, view) => {
    expect(judgeOrder(order, { ...view, positions: [position] })).toEqual({ kind: 'send', reducing: true });
  });

  test.prop([order, view], { numRuns: 500 })(
    'sends any other order exactly when brake, drawdown, threshold and every limit allow it',
    (order, view) => {
      fc.pre(!isReducing(order, view.positions));
      const { limits } = view;
      const after = heldIn(order.symbol, view) + view.unsettledBuysUsd + (order.side === 'buy' ? 1 : -1) * order.qtyUsd;
      const allowed =
        !view.locked &&
        view.drawdown <= limits.maxDrawdown &&
        order.confidence >= view.confidenceThreshold &&
        order.qtyUsd <= limits.maxOrderUsd &&
        Math.abs(after) <= limits.maxPositionUsd &&
        view.sentLastMinute < limits.maxOrdersPerMinute;
      expect(judgeOrder(order, view).kind === 'send').toBe(allowed);
    },
  );

  test.prop([order, view, fc.double({ min: 0, max: 1, noNaN: true })])(
    'never turns from refused to sent when a limit gets smaller',
    (order, view, factor) => {
      const { limits } = view;
      const tighter = {
        maxOrderUsd: limits.maxOrderUsd * factor,
        maxPositionUsd: limits.maxPositionUsd * factor,
        maxDrawdown: limits.maxDrawdown * factor,
        maxOrdersPerMinute: Math.floor(limits.maxOrdersPerMinute * factor),
      };
      if (judgeOrder(order, view).kind !== 'send')
        expect(judgeOrder(order, { ...view, limits: tighter }).kind).not.toBe('send');
    },
  );

  test.prop([order, view])('refuses with the brake before it looks at the threshold', (order, view) => {
    fc.pre(!isReducing(order, view.positions));
    expect(judgeOrder(order, { ...view, locked: true })).toMatchObject({
      kind: 'refuse',
      code: 'risk_locked',
      status: 423,
    });
  });

  it('names every limit that an order exceeds', () => {
    const decision = judgeOrder(
      { symbol: 'BTCUSDT', side: 'buy', qtyUsd: 6_000, confidence: 0.9 },
      {
        limits: { maxOrderUsd: 5_000, maxPositionUsd: 20_000, maxDrawdown: 0.1, maxOrdersPerMinute: 3 },
        confidenceThreshold: 0.55,
        locked: false,
        drawdown: 0.05,
        positions: [{ symbol: 'BTCUSDT', valueUsd: 14_000 }],
        unsettledBuysUsd: 1_000,
        sentLastMinute: 3,
      },
    );
    expect(decision).toMatchObject({
      code: 'limit_exceeded',
      extra: {
        exceeded: [
          { limit: 'maxOrderUsd', max: 5_000, value: 6_000 },
          { limit: 'maxPositionUsd', max: 20_000, value: 21_000 },
          { limit: 'maxOrdersPerMinute', max: 3, value: 4 },
        ],
      },
    });
  });
});

describe('isReducing', () => {
  test.prop([order, view], { numRuns: 500 })(
    'holds only for the opposite side of a position about as large',
    (order, view) => {
      if (!isReducing(order, view.positions)) return;
      const held = heldIn(order.symbol, view);
      expect(Math.sign(held)).toBe(order.side === 'sell' ? 1 : -1);
      expect(order.qtyUsd).toBeLessThanOrEqual(Math.abs(held) * 1.005);
    },
  );

  it('is what closes a long position, and nothing more', () => {
    const positions = [{ symbol: 'BTCUSDT', valueUsd: 1_000 }];
    const sell = (qtyUsd: number) => isReducing({ symbol: 'BTCUSDT', side: 'sell', qtyUsd }, positions);
    expect([sell(500), sell(1_000), sell(1_004), sell(1_010)]).toEqual([true, true, true, false]);
    expect(isReducing({ symbol: 'BTCUSDT', side: 'buy', qtyUsd: 500 }, positions)).toBe(false);
    expect(isReducing({ symbol: 'ETHUSDT', side: 'sell', qtyUsd: 500 }, positions)).toBe(false);
  });
});
