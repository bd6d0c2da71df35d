import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { outcomeOfOrder, outcomeOfRecord } from '../../../workloads/backend/gateway-answers';
import { Unanswered } from '../../../workloads/backend/http-json';

const trade = {
  clientOrderId: 'k',
  mode: 'paper',
  symbol: 'BTCUSDT',
  side: 'buy',
  qtyUsd: 100,
  confidence: 1,
  pair: 'BTCUSDT',
  agent: null,
} as const;
const fill = { ...trade, status: 'filled', orderId: 'paper-1', price: 50_000, qty: 0.002, feeUsd: 0.1 };
const filled = { status: 'filled', orderId: 'paper-1', price: 50_000, qty: 0.002, filledUsd: 100, feeUsd: 0.1 };

describe('the answer to an order', () => {
  it('is a fill', () => expect(outcomeOfOrder({ status: 200, body: fill })).toEqual(filled));

  it('is a refusal, with everything the gateway said', () => {
    const body = { code: 'permit_required', message: 'no permit', permit: 'none' };
    expect(outcomeOfOrder({ status: 423, body })).toEqual({
      status: 'refused',
      refusal: { httpStatus: 423, code: 'permit_required', message: 'no permit', extra: { permit: 'none' } },
    });
  });

  it('is a failure that can be tried again when the market was not there', () => {
    const body = { code: 'market_unavailable', message: 'no venue' };
    expect(outcomeOfOrder({ status: 503, body })).toEqual({ status: 'failed', reason: 'market_unavailable' });
  });

  it.each([
    { status: 500, body: { code: 'internal_error', message: 'x' } },
    { status: 200, body: {} },
    { status: 200, body: { ...fill, price: null } },
    { status: 502, body: 'bad gateway' },
    { status: 404, body: null },
  ])('is unknown for $status $body', (answer) => {
    expect(() => outcomeOfOrder(answer)).toThrow(Unanswered);
  });

  test.prop([fc.integer({ min: 200, max: 599 }), fc.anything()])('is never a fill by accident', (status, body) => {
    try {
      expect(outcomeOfOrder({ status, body }).status).not.toBe('filled');
    } catch (error) {
      expect(error).toBeInstanceOf(Unanswered);
    }
  });
});

describe('the record of an order', () => {
  it('is nothing when the gateway does not know it, or met no market', () => {
    expect(outcomeOfRecord({ status: 404, body: { code: 'unknown_order', message: 'x' } }, trade)).toBeUndefined();
    const body = { status: 'refused', code: 'market_unavailable', message: 'x' };
    expect(outcomeOfRecord({ status: 200, body }, trade)).toBeUndefined();
  });

  it('is the fill, with what was filled and not what was asked', () => {
    const body = { ...fill, valueUsd: 99.5 };
    expect(outcomeOfRecord({ status: 200, body }, trade)).toEqual({ ...filled, filledUsd: 99.5 });
  });

  it('is the refusal, with the status that goes with its code', () => {
    const record = (code: string) =>
      outcomeOfRecord({ status: 200, body: { status: 'refused', code, message: null } }, trade);
    expect(record('permit_required')).toMatchObject({ refusal: { httpStatus: 423 } });
    expect(record('insufficient_cash')).toMatchObject({ refusal: { httpStatus: 422 } });
  });

  it('is a conflict when another order was filled under the key', () => {
    const body = { ...fill, qtyUsd: 101, valueUsd: 101 };
    expect(outcomeOfRecord({ status: 200, body }, trade)).toMatchObject({ refusal: { code: 'idempotency_conflict' } });
  });

  it.each([
    { status: 404, body: { code: 'not_found', message: 'no route' } },
    { status: 500, body: { code: 'internal_error', message: 'x' } },
    { status: 200, body: { status: 'new' } },
  ])('is not known for $status $body', (answer) => {
    expect(() => outcomeOfRecord(answer, trade)).toThrow(Unanswered);
  });
});
