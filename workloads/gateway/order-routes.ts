import type { FastifyInstance } from 'fastify';
import { acceptAnyBody, rawBodyOf } from '../raw-body';
import { ServiceError } from '../service';
import { admit } from './admit';
import type { HaltLatch } from './halt-latch';
import type { Live } from './live';
import { type Order, type OrderRecord, readOrder } from './order';
import type { OrderStore } from './order-store';
import type { PaperDesk } from './paper-desk';

export interface OrderParts {
  readonly symbols: readonly string[];
  readonly desk: PaperDesk;
  readonly store: OrderStore;
  readonly latch: HaltLatch;
  readonly live: Live;
}

/** Orders: every one is checked and recorded, whatever becomes of it. */
export function addOrderRoutes(app: FastifyInstance, parts: OrderParts): void {
  const { symbols, desk, store, latch, live } = parts;

  app.register(async (scope) => {
    acceptAnyBody(scope);
    scope.post('/orders', async (request) => {
      const body = rawBodyOf(request.body);
      const read = readOrder(body, request.headers['content-type'], symbols);
      const order: Partial<Order> = 'value' in read ? read.value : {};
      // The live desk records what it is given by itself.
      if ('value' in read && read.value.mode === 'live' && live.desk)
        return answerOf(await live.desk.place(read.value, read.value.signed ?? null, body.text));
      try {
        if ('failures' in read)
          throw new ServiceError(400, 'invalid_order', read.failures.join('; '), { failures: read.failures });
        const admission = admit(read.value.mode, latch.read(Date.now()), { state: 'none' });
        if (!admission.accepted) throw new ServiceError(admission.status, admission.code, admission.message);
        return answerOf(await desk.place(read.value, Date.now));
      } catch (error) {
        if (error instanceof ServiceError) store.addRefusal(order, error, body.text, Date.now());
        throw error;
      }
    });
  });

  app.get('/orders', async (request) => {
    const { since = '0', limit = '100' } = request.query as Record<string, string>;
    return { orders: store.list(wholeNumber('since', since, 0, 2 ** 53), wholeNumber('limit', limit, 1, 1_000)) };
  });

  // A wildcard, because named parameters are limited to 100 characters.
  app.get('/orders/*', async (request) => {
    const clientOrderId = (request.params as { '*': string })['*'];
    const record = store.find(clientOrderId);
    if (!record) throw new ServiceError(404, 'unknown_order', `no order ${JSON.stringify(clientOrderId)} is recorded`);
    return record;
  });
}

/** Reads a whole number of a query. @throws ServiceError 400 naming it */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const expected = `expected a whole number from ${least} to ${most}`;
  throw new ServiceError(400, 'bad_request', `${name}: ${expected}; received ${JSON.stringify(text)}`);
}

/** `qtyUsd` of the answer is what was filled: a sell that closes a position may differ a little from what was asked. */
function answerOf(record: OrderRecord) {
  const { orderId, clientOrderId, mode, status, symbol, side, price, qty, valueUsd, feeUsd, filledAt } = record;
  return { orderId, clientOrderId, mode, status, symbol, side, price, qty, qtyUsd: valueUsd, feeUsd, filledAt };
}
