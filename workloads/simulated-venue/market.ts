import type { Candle } from '../../market/candles';
import { feedIdOf, type MarketClock, resumeClock, tickClock } from '../../market/market-clock';
import type { MarketFeed } from './feed-config';

/** Where the clock is kept over restarts. */
export interface ClockStore {
  loadClock(): MarketClock | undefined;
  saveClock(clock: MarketClock): void;
}

/** A feed that runs on a market clock. Every `now` is wall time in milliseconds since the epoch. */
export class Market {
  readonly feedId: string;
  private clock: MarketClock;
  private savedTime: number;
  private readonly saveEvery: number;

  constructor(
    readonly feed: MarketFeed,
    private readonly store: ClockStore,
    now: number,
  ) {
    this.clock = resumeClock(store.loadClock(), feed.identity, feed.startsAt, feed.speed, now);
    store.saveClock(this.clock);
    this.savedTime = this.clock.seen.market;
    this.feedId = feedIdOf(this.clock);
    this.saveEvery = Math.min(...[...feed.symbols.values()].map((symbol) => symbol.intervalSeconds * 1000));
  }

  /**
   * The market time, in milliseconds since the epoch. It is on disk before a new candle can be seen, so that a restart
   * after a crash, even with the wall clock set back, never takes back a candle that someone acted on.
   */
  time(now: number): number {
    this.clock = tickClock(this.clock, now);
    const time = this.clock.seen.market;
    if (Math.floor(time / this.saveEvery) !== Math.floor(this.savedTime / this.saveEvery)) {
      this.store.saveClock(this.clock);
      this.savedTime = time;
    }
    return Math.min(time, this.feed.endsAt);
  }

  /** Whether a recorded feed has come to its end. Its candles stay readable. */
  hasEnded(now: number): boolean {
    return this.time(now) >= this.feed.endsAt;
  }

  /** The newest closed candles, oldest first; undefined for a symbol that is not traded here. */
  candles(symbol: string, limit: number, now: number): Candle[] | undefined {
    return this.feed.symbols.get(symbol)?.closedCandles(this.time(now), limit);
  }
}
