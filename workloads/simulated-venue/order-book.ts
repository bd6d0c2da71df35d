import { feeFraction, fillPrice } from '../../market/fill';
import { ServiceError } from '../service';
import type { Faults } from './faults';
import type { Market } from './market';
import { crosses, type VenueOrder } from './order';
import type { AccountOrder, OpenOrder, VenueStore } from './venue-store';

/**
 * The venue's order book. What is open is in the database alone, so that a restart forgets no order. A deadline is
 * looked at when an order is executed, not when it comes: an order that waited too long is never executed.
 */
export class OrderBook {
  private readonly waiting = new Map<number, ((order: AccountOrder) => void)[]>();

  /** @param now the venue's time, milliseconds */
  constructor(
    private readonly market: Market,
    private readonly store: VenueStore,
    private readonly faults: Faults,
    private readonly now: () => number,
  ) {}

  /**
   * Takes an order in under its record's id. @returns it as it then is: a market order is done, a limit order may rest
   * @throws ServiceError 400, 409, 422, 503
   */
  async place(id: number, order: VenueOrder): Promise<AccountOrder> {
    const known = this.store.find(order.clientOrderId);
    if (known) {
      if (known.symbol !== order.symbol || known.side !== order.side || known.qtyUsd !== order.qtyUsd)
        throw new ServiceError(409, 'idempotency_conflict', `${order.clientOrderId} was used for another order`);
      this.store.settle(id, 'repeated');
      return known;
    }
    if (this.closeOf(order.symbol) === undefined) {
      const failure = `symbol: ${JSON.stringify(order.symbol)} is not traded here`;
      throw new ServiceError(400, 'invalid_order', failure, { failures: [failure] });
    }
    if (this.market.hasEnded(Date.now())) throw new ServiceError(503, 'market_ended', 'the recorded market has ended');
    if (this.faults.takeRejection()) return this.store.end(id, 'rejected', order.clientOrderId);
    const { latencyMs } = this.faults;
    this.store.open(id, order, this.now() + latencyMs);
    this.sweep();
    const open = this.store.get(id);
    if (open.status !== 'open' || order.type === 'limit') return open;
    setTimeout(() => this.sweep(), latencyMs + 1).unref();
    return new Promise((resolve) => this.waiting.set(id, [...(this.waiting.get(id) ?? []), resolve]));
  }

  /** Executes every open order whose time has come, and ends those whose deadline has passed. */
  sweep(): void {
    const now = this.now();
    for (const order of this.store.listOpen()) {
      const close = this.closeOf(order.symbol);
      if (order.deadline !== null && now > order.deadline) this.finish(order, 'expired');
      else if (this.faults.isOut(now) || now < order.dueAt || close === undefined) continue;
      else if (crosses({ ...order, limitPrice: order.limitPrice ?? undefined }, close)) this.fill(order, close, now);
    }
  }

  /** Cancels one open order, or all. @returns the client order ids */
  cancel(clientOrderId?: string): string[] {
    this.sweep();
    const open = this.store.listOpen();
    const chosen = open.filter((order) => clientOrderId === undefined || order.clientOrderId === clientOrderId);
    for (const order of chosen) this.finish(order, 'cancelled');
    return chosen.map((order) => order.clientOrderId);
  }

  private fill(order: OpenOrder, close: number, now: number): void {
    const price = fillPrice(order.side, close);
    const qty = order.qtyUsd / (price * this.market.feed.usdPerQuote);
    this.store.fill(order.id, { price, qty, feeUsd: order.qtyUsd * feeFraction, venueMs: now, now: Date.now() });
    this.tell(order.id);
  }

  private finish(order: OpenOrder, status: 'expired' | 'cancelled'): void {
    this.store.end(order.id, status, order.clientOrderId);
    this.tell(order.id);
  }

  private tell(id: number): void {
    const order = this.store.get(id);
    for (const resolve of this.waiting.get(id) ?? []) resolve(order);
    this.waiting.delete(id);
  }

  private closeOf(symbol: string): number | undefined {
    return this.market.candles(symbol, 1, Date.now())?.at(-1)?.close;
  }
}
