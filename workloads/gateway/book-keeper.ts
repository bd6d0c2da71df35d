import { ServiceError } from '../service';
import { applyFill, type Book, drawdownOf, emptyBook, equityOf, type Fill, raisePeak } from './book';
import type { MarketRelay, SymbolMarket } from './market-relay';
import type { Order } from './order';
import type { OrderStore } from './order-store';

/** Keeps the book of one mode: it is rebuilt from the stored fills at start, and its equity's peak is stored. */
export class BookKeeper {
  private current: Book;
  /** The price in USD of each symbol's last fill. */
  private readonly filledAt: Map<string, number>;

  constructor(
    private readonly mode: Order['mode'],
    private readonly store: OrderStore,
    private readonly relay: MarketRelay,
  ) {
    const fills = store.fills(mode);
    this.filledAt = new Map(fills.map(({ symbol, priceUsd }) => [symbol, priceUsd]));
    const book = fills.reduce((before, fill) => applyFill(before, fill, this.bounds), emptyBook);
    this.current = raisePeak(book, store.peak(mode));
  }

  get book(): Book {
    return this.current;
  }

  /** The book after a fill that is not stored yet. @throws RangeError for one that does not fit a paper book */
  preview(fill: Fill): Book {
    return applyFill(this.current, fill, this.bounds);
  }

  apply(fill: Fill): void {
    this.current = this.preview(fill);
    this.filledAt.set(fill.symbol, fill.priceUsd);
  }

  /** Looks at the equity, so that the peak is known even when nobody asks. */
  observe(): void {
    const equity = equityOf(this.current, this.marks());
    if (equity === undefined || equity <= this.current.peakUsd) return;
    this.store.savePeak(this.mode, equity);
    this.current = raisePeak(this.current, equity);
  }

  /** The book with its value. @throws ServiceError 503 when a position cannot be valued */
  view() {
    this.observe();
    const marks = this.marks();
    const equityUsd = equityOf(this.current, marks);
    if (equityUsd === undefined)
      throw new ServiceError(503, 'market_unavailable', 'a position cannot be valued: its price is not known');
    const { cashUsd, peakUsd, realizedPnlUsd, feesUsd } = this.current;
    const positions = [...this.current.positions].map(([symbol, { qty, avgPriceUsd }]) => {
      const priceUsd = marks.get(symbol)!;
      return { symbol, qty, avgPriceUsd, priceUsd, valueUsd: qty * priceUsd };
    });
    return {
      cashUsd,
      equityUsd,
      peakUsd,
      drawdown: drawdownOf(this.current, equityUsd),
      realizedPnlUsd,
      feesUsd,
      positions,
    };
  }

  /** The venue is who decides what a live account may hold; the paper book holds no debts and no short positions. */
  private get bounds() {
    return this.mode === 'paper' ? 'none_below_zero' : 'as_the_venue_says';
  }

  /**
   * What each symbol is worth in USD. One that is not traded any more is not quoted either: a position that is left in it
   * keeps the price of its last fill. A symbol that is traded has a market price or none.
   */
  private marks(): Map<string, number> {
    const left = [...this.filledAt].filter(([symbol]) => !this.relay.symbols.includes(symbol));
    return new Map([...left, ...this.relay.lastMarkets().map((market) => [market.symbol, closeUsd(market)] as const)]);
  }
}

/** A symbol's newest close in USD. */
export function closeUsd(market: SymbolMarket): number {
  return market.candles.at(-1)!.close * market.usdPerQuote;
}
