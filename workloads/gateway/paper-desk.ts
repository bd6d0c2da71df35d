import { fillPrice } from '../../market/fill';
import { ServiceError } from '../service';
import { applyFill, type Book, drawdownOf, emptyBook, equityOf, quoteFill, raisePeak } from './book';
import type { MarketRelay, SymbolMarket } from './market-relay';
import { isSameOrder, type Order } from './order';
import type { OrderRecord, OrderStore } from './order-store';

/** Fills paper orders on the paper book, which is rebuilt from the stored fills at start. */
export class PaperDesk {
  private book: Book;

  constructor(
    private readonly store: OrderStore,
    private readonly relay: MarketRelay,
  ) {
    this.book = raisePeak(store.paperFills().reduce(applyFill, emptyBook), store.peak());
  }

  /** Fills an order, or answers with its earlier fill. @throws ServiceError 409, 422, 503 */
  async place(order: Order, now: () => number): Promise<OrderRecord> {
    const market = await this.relay.candles(order.symbol, 1).catch((error: ServiceError) => error);
    // From here on nothing waits: two requests with the same id cannot both find it unused.
    const known = this.store.find(order.clientOrderId);
    if (known?.status === 'filled') {
      if (isSameOrder(order, known)) return known;
      throw new ServiceError(409, 'idempotency_conflict', `${order.clientOrderId} was used for another order`);
    }
    if (market instanceof Error) throw market;
    if (market.market === 'ended') throw new ServiceError(503, 'market_unavailable', 'the recorded market has ended');
    const fill = quoteFill(this.book, order, closeUsd(market));
    if (fill === 'insufficient_cash')
      throw new ServiceError(
        422,
        fill,
        `${order.qtyUsd} USD and the fee are more than the cash, ${this.book.cashUsd} USD`,
      );
    if (fill === 'insufficient_position')
      throw new ServiceError(422, fill, `${order.qtyUsd} USD are more than the position in ${order.symbol}`);
    const book = applyFill(this.book, fill);
    const record = this.store.addFill(order, fill, fillPrice(order.side, market.candles.at(-1)!.close), now());
    this.book = book;
    return record;
  }

  /** Looks at the equity, so that the peak is known even when nobody asks. */
  observe(): void {
    const equity = equityOf(this.book, this.marks());
    if (equity === undefined || equity <= this.book.peakUsd) return;
    this.store.savePeak(equity);
    this.book = raisePeak(this.book, equity);
  }

  /** The book with its value. @throws ServiceError 503 when a position cannot be valued */
  view() {
    this.observe();
    const marks = this.marks();
    const equityUsd = equityOf(this.book, marks);
    if (equityUsd === undefined)
      throw new ServiceError(503, 'market_unavailable', 'a position cannot be valued: its price is not known');
    const { cashUsd, peakUsd, realizedPnlUsd, feesUsd } = this.book;
    const positions = [...this.book.positions].map(([symbol, { qty, avgPriceUsd }]) => {
      const priceUsd = marks.get(symbol)!;
      return { symbol, qty, avgPriceUsd, priceUsd, valueUsd: qty * priceUsd };
    });
    return {
      cashUsd,
      equityUsd,
      peakUsd,
      drawdown: drawdownOf(this.book, equityUsd),
      realizedPnlUsd,
      feesUsd,
      positions,
    };
  }

  private marks(): Map<string, number> {
    return new Map(this.relay.lastMarkets().map((market) => [market.symbol, closeUsd(market)]));
  }
}

function closeUsd(market: SymbolMarket): number {
  return market.candles.at(-1)!.close * market.usdPerQuote;
}
