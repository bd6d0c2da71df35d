import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  applyFill,
  type Book,
  closeTolerance,
  drawdownOf,
  emptyBook,
  equityOf,
  quoteFill,
  raisePeak,
  startingCashUsd,
} from '../../../workloads/gateway/book';

const symbols = ['BTCUSDT', '__proto__', 'ETHUSDT'] as const;
const step = fc.record({
  symbol: fc.constantFrom(...symbols),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  qtyUsd: fc.oneof(fc.double({ min: 0.01, max: 200_000, noNaN: true }), fc.constant(startingCashUsd / 1.001)),
  close: fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
});

/** Plays orders one after another, each with its own close as the symbol's mark. */
function play(steps: (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) {
  let book: Book = emptyBook;
  const marks = new Map<string, number>();
  const history: { book: Book; equity: number; refused: boolean }[] = [];
  for (const { close, ...order } of steps) {
    marks.set(order.symbol, close);
    const fill = quoteFill(book, order, close);
    if (typeof fill !== 'string') book = applyFill(book, fill);
    const equity = equityOf(book, marks)!;
    book = raisePeak(book, equity);
    history.push({ book, equity, refused: typeof fill === 'string' });
  }
  return history;
}

describe('paper book', () => {
  test.prop([fc.array(step, { maxLength: 40 })])(
    'conserves money: cash = start + realized - fees - cost of positions',
    (steps) => {
      for (const { book } of play(steps)) {
        const cost = [...book.positions.values()].reduce((sum, { qty, avgPriceUsd }) => sum + qty * avgPriceUsd, 0);
        const expected = startingCashUsd + book.realizedPnlUsd - book.feesUsd - cost;
        expect(Math.abs(book.cashUsd - expected)).toBeLessThan(
          1e-6 * (startingCashUsd + Math.abs(book.realizedPnlUsd)),
        );
      }
    },
  );

  test.prop([fc.array(step, { maxLength: 40 })])(
    'never holds negative cash or a short position, and keeps drawdown in 0..1',
    (steps) => {
      let peak = startingCashUsd;
      for (const { book, equity } of play(steps)) {
        expect(book.cashUsd).toBeGreaterThanOrEqual(0);
        for (const { qty } of book.positions.values()) expect(qty).toBeGreaterThan(0);
        peak = Math.max(peak, equity);
        expect(book.peakUsd).toBe(peak);
        expect(drawdownOf(book, equity)).toBeGreaterThanOrEqual(0);
        expect(drawdownOf(book, equity)).toBeLessThanOrEqual(1);
        expect(drawdownOf(book, equity)).toBeCloseTo(1 - equity / peak, 12);
      }
    },
  );

  test.prop([step, fc.double({ min: 1 - closeTolerance * 0.9, max: 1 + closeTolerance * 0.9, noNaN: true })])(
    'a sell of about the whole position closes it',
    ({ symbol, close }, share) => {
      const bought = applyFill(emptyBook, quoteFill(emptyBook, { symbol, side: 'buy', qtyUsd: 1_000 }, close) as never);
      const heldUsd = bought.positions.get(symbol)!.qty * close;
      const fill = quoteFill(bought, { symbol, side: 'sell', qtyUsd: heldUsd * share * (1 - 0.0001) }, close);
      expect(applyFill(bought, fill as never).positions.size).toBe(0);
    },
  );

  test('refuses to sell what is not held, and to spend what is not there', () => {
    const order = { symbol: 'BTCUSDT', qtyUsd: 100 };
    expect(quoteFill(emptyBook, { ...order, side: 'sell' }, 50)).toBe('insufficient_position');
    expect(quoteFill(emptyBook, { ...order, side: 'buy', qtyUsd: startingCashUsd }, 50)).toBe('insufficient_cash');
    const overdrawn = { symbol: 'BTCUSDT', side: 'sell', qty: 1, priceUsd: 50, feeUsd: 0 } as const;
    expect(() => applyFill(emptyBook, overdrawn)).toThrow(RangeError);
  });

  test('does not value a position without a mark', () => {
    const fill = quoteFill(emptyBook, { symbol: 'BTCUSDT', side: 'buy', qtyUsd: 100 }, 50);
    expect(equityOf(applyFill(emptyBook, fill as never), new Map())).toBeUndefined();
    expect(equityOf(emptyBook, new Map())).toBe(startingCashUsd);
  });
});

describe('live book', () => {
  const fill = fc.record({
    symbol: fc.constantFrom('BTCUSDT', 'ETHUSDT'),
    side: fc.constantFrom('buy' as const, 'sell' as const),
    qty: fc.integer({ min: 1, max: 1_000 }),
    priceUsd: fc.integer({ min: 1, max: 1_000 }),
    feeUsd: fc.integer({ min: 0, max: 10 }),
  });

  test.prop([fc.array(fill, { maxLength: 40 })])('conserves money, short or long, and through 0', (fills) => {
    const book = fills.reduce((before, next) => applyFill(before, next, 'as_the_venue_says'), emptyBook);
    const cost = [...book.positions.values()].reduce((sum, { qty, avgPriceUsd }) => sum + qty * avgPriceUsd, 0);
    expect(book.cashUsd).toBeCloseTo(startingCashUsd + book.realizedPnlUsd - book.feesUsd - cost, 4);
    for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
      const signed = fills
        .filter((one) => one.symbol === symbol)
        .map((one) => (one.side === 'buy' ? one.qty : -one.qty));
      expect(book.positions.get(symbol)?.qty ?? 0).toBe(signed.reduce((sum, qty) => sum + qty, 0));
    }
  });
});
