import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { feeFraction, fillPrice } from '../../market/fill';
import { acceptAnyBody, rawBodyOf } from '../raw-body';
import { type ReadResult, readJson } from '../read-json';
import { ServiceError } from '../service';
import type { Market } from './market';
import type { ReceivedOrder, VenueStore } from './venue-store';

const orderShape = z.strictObject({
  clientOrderId: z.string().min(1).max(200),
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  qtyUsd: z.number().min(0.01).max(1e9),
});
type Order = z.infer<typeof orderShape>;

/** The private side of the venue: orders, with the account's one key. Every request to place one is recorded first. */
export function addOrderRoutes(app: FastifyInstance, market: Market, store: VenueStore, key: string): void {
  const isAuthenticated = (request: FastifyRequest) => sameSecret(String(request.headers['x-api-key'] ?? ''), key);
  const requireKey = (request: FastifyRequest) => {
    if (!isAuthenticated(request))
      throw new ServiceError(401, 'invalid_key', 'expected the account’s key in the header x-api-key');
  };

  app.get('/orders', async (request) => {
    requireKey(request);
    return { orders: store.listFilled() };
  });

  app.register(async (scope) => {
    acceptAnyBody(scope);
    const records = new WeakMap<FastifyRequest, number>();
    // The earliest hook: from here on no fault of the request can keep it out of the record.
    scope.addHook('onRequest', async (request) => {
      records.set(request, store.receive(Date.now(), isAuthenticated(request)));
    });
    scope.addHook('onError', async (request, _reply, error: Error & { code?: string }) => {
      store.settle(records.get(request)!, error instanceof ServiceError ? error.code : 'bad_request');
    });
    scope.post('/orders', async (request) => {
      const id = records.get(request)!;
      const body = rawBodyOf(request.body);
      store.describe(id, describeOrder(body.text));
      requireKey(request);
      const read: ReadResult<Order> = body.truncated
        ? { failures: ['the body is too large'] }
        : readJson(orderShape, body.text);
      if (!String(request.headers['content-type']).startsWith('application/json'))
        throw invalidOrder(['content-type: expected application/json']);
      if ('failures' in read) throw invalidOrder(read.failures);
      return placeOrder(id, read.value, market, store);
    });
  });
}

function placeOrder(id: number, order: Order, market: Market, store: VenueStore) {
  const known = store.findFilled(order.clientOrderId);
  if (known) {
    if (known.symbol !== order.symbol || known.side !== order.side || known.qtyUsd !== order.qtyUsd)
      throw new ServiceError(409, 'idempotency_conflict', `${order.clientOrderId} was used for another order`);
    store.settle(id, 'repeated');
    return known;
  }
  const now = Date.now();
  const close = market.candles(order.symbol, 1, now)?.at(-1)?.close;
  if (close === undefined) throw invalidOrder([`symbol: ${JSON.stringify(order.symbol)} is not traded here`]);
  if (market.hasEnded(now)) throw new ServiceError(503, 'market_ended', 'the recorded market has ended');
  const price = fillPrice(order.side, close);
  const qty = order.qtyUsd / (price * market.feed.usdPerQuote);
  return store.fill(id, { price, qty, feeUsd: order.qtyUsd * feeFraction, now });
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

/** Compares in a time that does not tell how much of the secret was right. */
function sameSecret(given: string, expected: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
