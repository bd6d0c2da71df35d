import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import type { GatewayClient } from './gateway-client';
import { Unanswered } from './http-json';
import type { Lane } from './lane';
import type { BackendMetrics } from './metrics';
import type { Trade } from './trade';
import type { TradeStore } from './trade-store';

/** How long the gateway has to answer "unknown order" before an order counts as never sent; it decides within a second. */
export const unknownForMs = 3_000;

export interface SettlerParts {
  readonly gateway: Pick<GatewayClient, 'findOutcome'>;
  readonly store: Pick<TradeStore, 'pending' | 'find' | 'settle'>;
  readonly lane: Lane;
  readonly metrics: Pick<BackendMetrics, 'orders'>;
  readonly log: Logger;
  readonly clock: () => number;
}

/**
 * Settles orders whose outcome is not known - the process died, or the gateway did not answer in time - by asking the
 * gateway. An order that it does not know may still be on its way to it, so it has to be unknown for a while.
 */
export class Settler {
  /** When the gateway first said that it does not know an order. */
  private readonly unknownSince = new Map<string, number>();

  constructor(private readonly parts: SettlerParts) {}

  /** One round over all pending orders. Ends early when the gateway does not answer. */
  async settleAll(): Promise<void> {
    const { lane, store, log } = this.parts;
    try {
      for (const trade of store.pending()) await lane.run(() => this.settle(trade));
    } catch (error) {
      // A database that fails was logged where it failed.
      if (error instanceof Unanswered) log.warn({ reason: messageOf(error) }, 'pending orders cannot be settled yet');
    }
  }

  private async settle(listed: Trade): Promise<void> {
    const { gateway, store, metrics, log, clock } = this.parts;
    const { clientOrderId } = listed;
    // In the lane, so nothing of this key is under way; but it may have been settled, or sent again, while waiting.
    const trade = store.find(clientOrderId);
    if (trade?.status !== 'pending' || trade.updatedAt !== listed.updatedAt) return;
    const outcome = (await gateway.findOutcome(trade)) ?? this.neverSent(clientOrderId, clock());
    if (!outcome) return;
    this.unknownSince.delete(clientOrderId);
    const { mode, status, reason } = store.settle(clientOrderId, outcome, clock());
    metrics.orders.inc({ mode, status, code: reason ?? '' });
    log.warn({ clientOrderId, status, code: reason }, 'settled an order whose outcome was unknown');
  }

  private neverSent(clientOrderId: string, now: number) {
    const since = this.unknownSince.get(clientOrderId);
    if (since === undefined) this.unknownSince.set(clientOrderId, now);
    if (since === undefined || now - since < unknownForMs) return undefined;
    return { status: 'failed', reason: 'not_sent' } as const;
  }
}
