import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notPermittedCodes } from '../../../protocol/not-permitted';
import type { NewTrade, Outcome } from '../../../workloads/backend/trade';
import { TradeStore } from '../../../workloads/backend/trade-store';

let store: TradeStore;
beforeEach(() => {
  store = new TradeStore(':memory:', (error) => {
    throw error;
  });
});
afterEach(() => store.close());

const now = Date.parse('2026-05-01T12:00:00Z');
const fill: Outcome = { status: 'filled', orderId: 'live-1', price: 1, qty: 1, filledUsd: 1, feeUsd: 0 };
const refusal = (code: string): Outcome => ({
  status: 'refused',
  refusal: { httpStatus: 423, code, message: code, extra: {} },
});

function send(clientOrderId: string, outcome?: Outcome): void {
  const asked = {
    mode: 'live',
    symbol: 'BTCUSDT',
    side: 'buy',
    qtyUsd: 1,
    confidence: 0.9,
    agent: 'live_trader',
    pair: 'BTC/USDT',
  };
  store.recordSending({ ...asked, clientOrderId } as NewTrade, now);
  if (outcome) store.settle(clientOrderId, outcome, now);
}

describe('the orders of the last minute', () => {
  it.each([...notPermittedCodes])('are not those that came back with %s', (code) => {
    send('one', refusal(code));
    expect(store.sentSince(now - 60_000)).toBe(0);
  });

  it.each(['limit_rate', 'limit_position', 'order_deadline', 'deadline_passed'])(
    'are also those that were refused with %s',
    (code) => {
      send('one', refusal(code));
      expect(store.sentSince(now - 60_000)).toBe(1);
    },
  );

  it('are those that were filled, that failed, and of which nothing is known yet', () => {
    send('filled', fill);
    send('failed', { status: 'failed', reason: 'market_unavailable' });
    send('pending');
    expect(store.sentSince(now - 60_000)).toBe(3);
    expect(store.sentSince(now)).toBe(0);
  });
});
