import Fastify from 'fastify';
import { embeddedCandles } from '../../../../market/embedded-feed';

interface Order {
  key: string;
  side: 'buy' | 'sell';
  symbol: string;
  qtyUsd: number;
  agent: string;
  confidence: number;
}

/** Gateway and backend in one, small: a market that stands until it is moved, and an own record of every trade. */
export async function startStubServices() {
  const series = embeddedCandles('BTCUSDT', 1);
  const candles = Array.from({ length: 64 }, () => series.next().value);
  const trades: Record<string, unknown>[] = [];
  const stub = {
    url: '',
    feedId: 'feed',
    market: 'open',
    confidence: 0.6,
    mode: 'paper',
    /** What execute answers next; undefined fills the order. `after` fills it first: an answer that got lost. */
    fault: undefined as undefined | { status: number; code: string; after?: boolean; times: number },
    reason: undefined as undefined | string,
    /** Every request to execute, as it came. */
    requests: [] as Order[],
    /** One entry for each key that traded. */
    trades,
    last: () => candles.at(-1)!,
    advance: (count = 1) => {
      for (let step = 0; step < count; step += 1) candles.push(series.next().value);
    },
    close: async () => {
      await app.close();
    },
  };
  const app = Fastify({ forceCloseConnections: true });
  app.get('/market/:symbol/candles', async () => ({
    feedId: stub.feedId,
    market: stub.market,
    intervalSeconds: 60,
    usdPerQuote: 1,
    candles: candles.slice(-64),
  }));
  app.get('/health', async (_request, reply) => reply.status(503).send({ ok: false, tradingMode: stub.mode }));
  app.post('/api/ai/consensus', async () => ({ allow: stub.confidence >= 0.55, confidence: stub.confidence }));
  app.get('/api/trades', async () => ({ trades: [...trades].reverse() }));
  app.post('/api/trade/execute', async (request, reply) => {
    const order = { key: String(request.headers['idempotency-key']), ...(request.body as Omit<Order, 'key'>) };
    stub.requests.push(order);
    const { fault } = stub;
    if (fault) {
      fault.times -= 1;
      if (fault.times === 0) stub.fault = undefined;
    }
    if (stub.reason) return { executed: false, reason: stub.reason };
    if (!fault || fault.after) fill(order);
    return fault ? reply.status(fault.status).send({ code: fault.code, message: 'as asked' }) : { executed: true };
  });

  function fill({ key, side, qtyUsd }: Order) {
    if (trades.some((trade) => trade.clientOrderId === key)) return;
    const qty = qtyUsd / stub.last().close;
    trades.push({ clientOrderId: key, mode: stub.mode, status: 'filled', side, qty });
  }

  stub.url = await app.listen({ host: '127.0.0.1', port: 0 });
  return stub;
}

export type StubServices = Awaited<ReturnType<typeof startStubServices>>;
