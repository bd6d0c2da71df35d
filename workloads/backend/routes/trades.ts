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
    const { limit = '100', agent } = request.query as Record<string, string | string[] | undefined>;
    const count = Number(limit);
    if (!/^\d+$/.test(String(limit)) || count < 1 || count > mostTrades) {
      const message = `limit: expected a whole number from 1 to ${mostTrades}; received ${JSON.stringify(limit)}`;
      throw new ServiceError(400, 'bad_request', message);
    }
    if (Array.isArray(agent)) throw new ServiceError(400, 'bad_request', 'agent: expected one name; received several');
    return { trades: store.list(count, agent) };
  });
}
