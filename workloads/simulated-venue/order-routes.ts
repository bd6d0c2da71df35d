import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { acceptAnyBody, rawBodyOf } from '../raw-body';
import { type ReadResult, readJson } from '../read-json';
import { ServiceError } from '../service';
import { hasKey, requireKey } from './access';
import { orderShape, type VenueOrder } from './order';
import type { OrderBook } from './order-book';
import type { AccountOrder, ReceivedOrder, VenueStore } from './venue-store';

const keyHeader = 'x-api-key';

/**
 * The private side of the venue: orders, with the account's one key. Every request to place one is recorded first.
 * @param venueNow the venue's time, milliseconds
 */
export function addOrderRoutes(
  app: FastifyInstance,
  book: OrderBook,
  store: VenueStore,
  key: string,
  venueNow: () => number,
): void {
  app.get('/orders', async (request) => {
    requireKey(request, keyHeader, key);
    const { status = 'filled' } = request.query as { status?: string };
    return { orders: store.list(status) };
  });

  app.get('/orders/*', async (request) => {
    requireKey(request, keyHeader, key);
    const order = store.find(idOf(request));
    if (!order) throw new ServiceError(404, 'unknown_order', 'no such order was accepted here');
    return order;
  });

  app.delete('/orders', async (request) => {
    requireKey(request, keyHeader, key);
    return { cancelled: book.cancel() };
  });

  app.delete('/orders/*', async (request) => {
    requireKey(request, keyHeader, key);
    const cancelled = book.cancel(idOf(request));
    if (cancelled.length === 0) throw new ServiceError(404, 'unknown_order', 'no such order is open');
    return { cancelled };
  });

  app.register(async (scope) => {
    acceptAnyBody(scope);
    const records = new WeakMap<FastifyRequest, number>();
    // The earliest hook: from here on no fault of the request can keep it out of the record.
    scope.addHook('onRequest', async (request) => {
      records.set(request, store.receive(Date.now(), venueNow(), hasKey(request, keyHeader, key)));
    });
    scope.addHook('preValidation', async (request) => {
      store.describe(records.get(request)!, describeOrder(rawBodyOf(request.body).text));
    });
    scope.addHook('onError', async (request, _reply, error: Error & { code?: string }) => {
      store.settle(records.get(request)!, error instanceof ServiceError ? error.code : 'bad_request');
    });
    scope.post('/orders', async (request) => {
      const id = records.get(request)!;
      const body = rawBodyOf(request.body);
      requireKey(request, keyHeader, key);
      const read: ReadResult<VenueOrder> = body.truncated
        ? { failures: ['the body is too large'] }
        : readJson(orderShape, body.text);
      if (!String(request.headers['content-type']).startsWith('application/json'))
        throw invalidOrder(['content-type: expected application/json']);
      if ('failures' in read) throw invalidOrder(read.failures);
      return answerOf(await book.place(id, read.value));
    });
  });
}

/** The answer to an order: a fill, a rest, or an end without a fill. @throws ServiceError 422 */
function answerOf(order: AccountOrder): AccountOrder {
  if (order.status === 'filled' || order.status === 'open') return order;
  throw new ServiceError(422, codes[order.status], `${order.clientOrderId} was not executed: ${order.status}`, {
    clientOrderId: order.clientOrderId,
    status: order.status,
  });
}

const codes = { rejected: 'order_rejected', expired: 'deadline_passed', cancelled: 'order_cancelled' } as const;

// A wildcard, because named parameters are limited to 100 characters.
function idOf(request: FastifyRequest): string {
  return (request.params as { '*': string })['*'];
}

function invalidOrder(failures: string[]): ServiceError {
  return new ServiceError(400, 'invalid_order', failures.join('; '), { failures });
}

/** What can be read of a body without judging it. */
function describeOrder(body: string): ReceivedOrder {
  const fields = readJson(z.record(z.string(), z.unknown()), body);
  const { clientOrderId, symbol, side, qtyUsd } = 'value' in fields ? fields.value : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    body,
    clientOrderId: text(clientOrderId),
    symbol: text(symbol),
    side: text(side),
    qtyUsd: typeof qtyUsd === 'number' ? qtyUsd : null,
  };
}
