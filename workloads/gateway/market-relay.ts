import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { messageOf } from '../../errors';
import { ServiceError } from '../service';

const candleShape = z.object({
  time: z.number(),
  open: z.number().positive(),
  high: z.number().positive(),
  low: z.number().positive(),
  close: z.number().positive(),
  volume: z.number().nonnegative(),
});
const marketShape = z.object({
  symbol: z.string(),
  feedId: z.string(),
  market: z.enum(['open', 'ended']),
  intervalSeconds: z.number().positive(),
  usdPerQuote: z.number().positive(),
  candles: z.array(candleShape).min(1),
});

/** A symbol's newest closed candles, oldest first; prices are in the quote currency. */
export type SymbolMarket = z.infer<typeof marketShape>;

const cachedCandles = 128;
const cacheMs = 250;
const pollMs = 1_000;
const requestMs = 1_000;
const reachableMs = 5_000;

/** Relays the venue's public market data. It knows no other address of the venue than its health and its candles. */
export class MarketRelay {
  private readonly cache = new Map<string, { at: number; market: SymbolMarket }>();
  private readonly stopped = new AbortController();
  private answeredAt = Number.NEGATIVE_INFINITY;

  /** @param clock milliseconds that are never set back */
  constructor(
    private readonly url: string,
    readonly symbols: readonly string[],
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** Whether the venue answered within the last five seconds. */
  isReachable(): boolean {
    return this.clock() - this.answeredAt <= reachableMs;
  }

  /** What was last heard of each symbol. */
  lastMarkets(): SymbolMarket[] {
    return this.symbols.flatMap((symbol) => this.cache.get(symbol)?.market ?? []);
  }

  /** The newest candles of a symbol, at most a quarter of a second old. @throws ServiceError 404, 503 */
  async candles(symbol: string, limit: number): Promise<SymbolMarket> {
    if (!this.symbols.includes(symbol))
      throw new ServiceError(404, 'unknown_symbol', `the symbol ${JSON.stringify(symbol)} is not traded here`);
    if (limit > cachedCandles) return this.fetchMarket(symbol, limit);
    const cached = this.cache.get(symbol);
    if (cached && this.clock() - cached.at <= cacheMs) return newest(cached.market, limit);
    const at = this.clock();
    const market = await this.fetchMarket(symbol, cachedCandles);
    // Two requests can overtake each other; what was asked later is kept.
    if (at >= (this.cache.get(symbol)?.at ?? at)) this.cache.set(symbol, { at, market });
    return newest(market, limit);
  }

  /** Asks the venue every second until `stop`, and calls `onRound` after each round, whatever came of it. */
  async poll(onRound: () => void): Promise<void> {
    while (!this.stopped.signal.aborted) {
      await Promise.allSettled([this.request('/health'), ...this.symbols.map((symbol) => this.candles(symbol, 1))]);
      if (!this.stopped.signal.aborted) onRound();
      await delay(pollMs, undefined, { signal: this.stopped.signal }).catch(() => {});
    }
  }

  stop(): void {
    this.stopped.abort();
  }

  private async fetchMarket(symbol: string, limit: number): Promise<SymbolMarket> {
    try {
      const market = marketShape.parse(
        await this.request(`/candles?symbol=${encodeURIComponent(symbol)}&limit=${limit}`),
      );
      if (market.symbol !== symbol) throw new Error(`asked for ${symbol}, received ${market.symbol}`);
      return market;
    } catch (error) {
      throw new ServiceError(503, 'market_unavailable', `no market data for ${symbol}: ${messageOf(error)}`);
    }
  }

  private async request(path: string): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, { redirect: 'error', signal: AbortSignal.timeout(requestMs) });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`the venue answered ${response.status}`);
    this.answeredAt = this.clock();
    return answer;
  }
}

function newest(market: SymbolMarket, limit: number): SymbolMarket {
  return { ...market, candles: market.candles.slice(-limit) };
}
