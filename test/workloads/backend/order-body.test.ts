import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { readOrder } from '../../../workloads/backend/order-body';
import { ServiceError } from '../../../workloads/service';

const settings = { symbols: ['BTCUSDT'], tradingMode: 'paper' } as const;
const good = { symbol: 'BTCUSDT', side: 'buy', qtyUsd: 2_000, confidence: 0.9 };
const refusalOf = (body: unknown, key?: string): ServiceError => {
  try {
    readOrder(body, key, settings);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('the order was taken');
};

describe('readOrder', () => {
  it('takes the order of the runbook; without a key every request is its own', () => {
    const order = readOrder(good, undefined, settings);
    expect(order).toMatchObject({ ...good, mode: 'paper', pair: 'BTCUSDT', agent: null });
    expect(readOrder(good, undefined, settings).clientOrderId).not.toBe(order.clientOrderId);
  });

  it('takes the key as the client order id', () => {
    expect(readOrder(good, 'live_trader:BTCUSDT:7:buy', settings).clientOrderId).toBe('live_trader:BTCUSDT:7:buy');
  });

  it('names every failure at once', () => {
    const { code, status, extra } = refusalOf({ symbol: 7, side: 'short', qtyUsd: -1, size: 3 }, 'a key');
    expect({ code, status }).toEqual({ code: 'invalid_order', status: 400 });
    const text = (extra.failures as string[]).join('\n');
    for (const name of ['symbol', 'side', 'qtyUsd', 'confidence', 'size', 'idempotency-key'])
      expect(text).toContain(name);
  });

  it.each(['', '.', '..', 'a b', 'ä', 'x'.repeat(201)])('refuses the key %j', (key) => {
    expect(refusalOf(good, key).code).toBe('invalid_order');
  });

  it('refuses a symbol that is not traded by its own code', () => {
    expect(refusalOf({ ...good, symbol: 'DOGEUSDT' }).code).toBe('unknown_symbol');
  });

  test.prop([fc.anything()])('takes an order or refuses it, whatever comes', (body) => {
    try {
      expect(readOrder(body, undefined, settings).qtyUsd).toBeGreaterThan(0);
    } catch (error) {
      expect(error).toMatchObject({ status: 400 });
    }
  });

  test.prop([fc.double()])('takes only amounts that are finite and over 0', (qtyUsd) => {
    const taken = qtyUsd >= 0.01 && qtyUsd <= 1e9;
    if (taken) expect(readOrder({ ...good, qtyUsd }, undefined, settings).qtyUsd).toBe(qtyUsd);
    else expect(refusalOf({ ...good, qtyUsd }).code).toBe('invalid_order');
  });
});
