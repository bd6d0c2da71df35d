import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { CanaryRunner } from '../../canary/runner';
import { defaultSettings } from '../../canary/settings';
import { type Fill, pairByWindow, type RoundTrip } from '../../canary/trades';

let next = 0;
const fill = (side: 'buy' | 'sell', qty: number, price: number, more: Partial<Fill> = {}): Fill => {
  next += 1;
  const valueUsd = qty * price;
  return { id: `${next}`, symbol: 'BTCUSDT', side, qty, valueUsd, feeUsd: valueUsd * 0.001, filledAt: next, ...more };
};
const runner = () => new CanaryRunner({ settings: defaultSettings, sellCostFraction: 0.0011 });
const run = (...fills: Fill[]) => {
  const made = runner();
  for (const each of fills) made.onFill(each);
  return made.report();
};

describe('a round trip', () => {
  it('is net of both fees, as a fraction of what was bought', () => {
    const { trips, open } = run(fill('buy', 2, 100), fill('sell', 2, 101));
    expect(trips).toHaveLength(1);
    expect(trips[0]!.netReturn).toBeCloseTo((202 - 0.202 - 200 - 0.2) / 200, 12);
    expect(open).toEqual([]);
  });

  it('ends only when all is sold, in however many pieces', () => {
    const parts = [fill('buy', 1, 100), fill('buy', 1, 110), fill('sell', 0.5, 120), fill('sell', 1.5, 90)];
    expect(run(...parts.slice(0, 3)).trips).toEqual([]);
    const { trips } = run(...parts);
    expect(trips).toHaveLength(1);
    expect(trips[0]!.netReturn).toBeCloseTo((195 - 0.195 - 210 - 0.21) / 210, 12);
  });

  it('keeps symbols apart, counts a fill once, and leaves older positions out', () => {
    const buy = fill('buy', 1, 100);
    const report = run(fill('sell', 1, 100), buy, buy, fill('buy', 1, 10, { symbol: 'ETHUSDT' }), fill('sell', 3, 101));
    expect(report.unmatched).toBe(1);
    expect(report.trips).toHaveLength(1);
    expect(report.trips[0]!.netReturn).toBeCloseTo((101 - 0.101 - 100 - 0.1) / 100, 12); // a third of the sell
    expect(report.open.map((open) => open.symbol)).toEqual(['ETHUSDT']);
  });

  test.prop([
    fc.array(
      fc.record({ buy: fc.boolean(), qty: fc.integer({ min: 1, max: 5 }), price: fc.integer({ min: 50, max: 150 }) }),
    ),
  ])('leaves no money out: trips and open positions add up to the cash', (steps) => {
    let held = 0;
    let cash = 0;
    const made = runner();
    for (const step of steps) {
      const qty = step.buy ? step.qty : Math.min(held, step.qty);
      if (qty === 0) continue;
      held += step.buy ? qty : -qty;
      const one = fill(step.buy ? 'buy' : 'sell', qty, step.price);
      cash += (step.buy ? -one.valueUsd : one.valueUsd) - one.feeUsd;
      made.onFill(one);
    }
    const { trips, open } = made.report();
    const closed = trips.reduce((sum, trip) => sum + trip.netReturn * trip.boughtUsd, 0);
    const pending = open.reduce((sum, each) => sum + each.soldUsd - each.boughtUsd - each.feesUsd, 0);
    expect(closed + pending).toBeCloseTo(cash, 6);
  });

  it('refuses a fill that says nothing, naming every field', () => {
    const wrong = { ...fill('buy', 1, 1), qty: Number.NaN, valueUsd: 0, feeUsd: -1 };
    expect(() => run(wrong)).toThrow(
      expect.objectContaining({
        code: 'malformed_fill',
        details: ['qty', 'valueUsd', 'feeUsd'].map((name) => expect.stringContaining(name)),
      }),
    );
    expect(() => runner().onPrice('BTCUSDT', 0)).toThrow(RangeError);
  });
});

describe('a canary', () => {
  it('does not promote a trader that closes its gains and sits on its losses', () => {
    const made = runner();
    for (let index = 0; index < 10; index += 1) made.onFill(fill('buy', 1, 100, { symbol: `HELD${index}` }));
    for (let index = 0; index < 10; index += 1) made.onPrice(`HELD${index}`, 98.3);
    for (let index = 0; index < 25; index += 1) {
      made.onFill(fill('buy', 1, 100));
      made.onFill(fill('sell', 1, 101));
    }
    expect(made.report().verdict).toBe('not_yet');
    made.onPrice('HELD0', 90);
    made.onFill(fill('buy', 1, 100));
    made.onFill(fill('sell', 1, 101));
    expect(made.report()).toMatchObject({ verdict: 'reject', code: 'loss_beyond_range' });
  });
});

it('pairs two arms by window, and counts an arm that did not trade as flat', () => {
  const trip = (window: string | undefined, netReturn: number, closedAt: number): RoundTrip => ({
    symbol: 'X',
    netReturn,
    boughtUsd: 1,
    openedAt: 0,
    closedAt,
    window,
  });
  const candidate = [trip('a', 0.01, 1), trip('b', 0.02, 2), trip(undefined, 0.05, 5)];
  const baseline = [trip('a', 0.004, 3), trip('c', 0.03, 4)];
  expect(pairByWindow(candidate, baseline)).toEqual([0.02, 0.006, -0.03, 0.05]);
});
