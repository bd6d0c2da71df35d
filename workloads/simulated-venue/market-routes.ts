import type { FastifyInstance } from 'fastify';
import { version } from '../../package.json';
import { ServiceError } from '../service';
import { keptCandles } from './feed';
import type { Market } from './market';

/** The public side of the venue: health and candles, open to everyone as on any exchange. */
export function addMarketRoutes(app: FastifyInstance, market: Market, account: string): void {
  const state = (now: number) => (market.hasEnded(now) ? 'ended' : 'open');

  app.get('/health', async () => {
    const now = Date.now();
    return {
      ok: true,
      account,
      market: state(now),
      marketTime: new Date(market.time(now)).toISOString(),
      feedId: market.feedId,
      speed: market.feed.speed,
      symbols: [...market.feed.symbols.keys()],
      version,
    };
  });

  app.get('/candles', async (request) => {
    const { symbol = '', limit = '64' } = request.query as Record<string, string>;
    const count = Number(limit);
    if (!Number.isInteger(count) || count < 1 || count > keptCandles) {
      const expected = `expected a whole number from 1 to ${keptCandles}`;
      throw new ServiceError(400, 'invalid_limit', `limit: ${expected}; received ${JSON.stringify(limit)}`);
    }
    const now = Date.now();
    const candles = market.candles(symbol, count, now);
    if (candles === undefined)
      throw new ServiceError(404, 'unknown_symbol', `the symbol ${JSON.stringify(symbol)} is not traded here`);
    const { intervalSeconds } = market.feed.symbols.get(symbol)!;
    const { usdPerQuote } = market.feed;
    return { symbol, feedId: market.feedId, market: state(now), intervalSeconds, usdPerQuote, candles };
  });
}
