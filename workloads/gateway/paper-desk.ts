import { fillPrice } from '../../market/fill';
import { ServiceError } from '../service';
import { quoteFill } from './book';
import { type BookKeeper, closeUsd } from './book-keeper';
import type { MarketRelay } from './market-relay';
import { isSameOrder, type Order, type OrderRecord } from './order';
import type { OrderStore } from './order-store';

/** Fills paper orders on the paper book. */
export class PaperDesk {
  constructor(
    private readonly store: OrderStore,
    private readonly relay: MarketRelay,
    private readonly keeper: BookKeeper,
  ) {}

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
    const fill = quoteFill(this.keeper.book, order, closeUsd(market));
    if (fill === 'insufficient_cash')
      throw new ServiceError(
        422,
        fill,
        `${order.qtyUsd} USD and the fee are more than the cash, ${this.keeper.book.cashUsd} USD`,
      );
    if (fill === 'insufficient_position')
      throw new ServiceError(422, fill, `${order.qtyUsd} USD are more than the position in ${order.symbol}`);
    this.keeper.preview(fill);
    const record = this.store.addFill(order, fill, fillPrice(order.side, market.candles.at(-1)!.close), now());
    this.keeper.apply(fill);
    return record;
  }
}
