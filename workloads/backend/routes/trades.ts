import type { FastifyInstance } from 'fastify';
import { ServiceError } from '../../service';
import { readOrder } from '../order-body';
import type { OrderDesk } from '../order-desk';
import type { BackendSettings } from '../settings';
import type { TradeStore } from '../trade-store';

const mostTrades = 1_000;

/** `POST /api/trade/execute` and `GET /api/trades`. */
export function addTradeRoutes(
  app: FastifyInstance,
  settings: Pick<BackendSettings, 'symbols' | 'tradingMode'>,
  desk: Pick<OrderDesk, 'execute'>,
  store: Pick<TradeStore, 'list'>,
): void {
  app.post('/api/trade/execute', async (request) => {
    const key = request.headers['idempotency-key'];
    return desk.execute(readOrder(request.body, key === undefined ? undefined : String(key), settings));
  });

  app.get('/api/trades', async (request) => {
    const { limit = '100' } = request.query as Record<string, string>;
    const count = Number(limit);
    if (!/^\d+$/.test(limit) || count < 1 || count > mostTrades) {
      const message = `limit: expected a whole number from 1 to ${mostTrades}; received ${JSON.stringify(limit)}`;
      throw new ServiceError(400, 'bad_request', message);
    }
    return { trades: store.list(count) };
  });
}
