import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import { ServiceError } from '../service';
import type { Book } from './gateway-answers';
import type { GatewayClient } from './gateway-client';
import { Unanswered } from './http-json';
import type { Lane } from './lane';
import type { BackendMetrics } from './metrics';
import { judgeOrder } from './risk';
import type { RiskWatch } from './risk-watch';
import type { BackendSettings } from './settings';
import { answerOf, isSameTrade, type NewTrade, type Outcome, type Trade } from './trade';
import type { TradeStore } from './trade-store';

export interface OrderDeskParts {
  readonly settings: Pick<BackendSettings, 'limits' | 'confidenceThreshold'>;
  readonly gateway: Pick<GatewayClient, 'placeOrder' | 'findOutcome'>;
  readonly store: TradeStore;
  readonly watch: RiskWatch;
  readonly lane: Lane;
  readonly metrics: BackendMetrics;
  readonly log: Logger;
  readonly clock: () => number;
}

/**
 * Takes orders to the gateway, each at most once.
 *
 * One idempotency key is one client order id, on every attempt and over restarts, and the gateway fills a client order
 * id once. The row is on disk before the order is sent and settled before the caller hears of it. A repeated request
 * gets the stored answer; only an order that is known not to have traded, because gateway or market were not there, is
 * looked up at the gateway once more and sent again, under the same id. So an order can be late, but never traded twice.
 */
export class OrderDesk {
  constructor(private readonly parts: OrderDeskParts) {}

  /** Executes an order. @returns the answer @throws ServiceError the refusal */
  async execute(trade: NewTrade): Promise<Record<string, unknown>> {
    const { lane, metrics, clock } = this.parts;
    const arrived = clock();
    return lane.run(async () => {
      const begun = clock();
      metrics.queueSeconds.observe((begun - arrived) / 1000);
      const settled = await this.recorded(trade);
      if (settled) {
        metrics.repeated.inc();
        return answerOf(settled);
      }
      const outcome = await this.trade(trade);
      metrics.orderSeconds.observe((clock() - begun) / 1000);
      this.report(outcome);
      return answerOf(outcome);
    });
  }

  /** The final record of an earlier request with the same key. @throws ServiceError 409 for another order */
  private async recorded(trade: NewTrade): Promise<Trade | undefined> {
    const { store, gateway, clock } = this.parts;
    const known = store.find(trade.clientOrderId);
    if (!known) return undefined;
    if (!isSameTrade(known, trade)) {
      const { clientOrderId } = trade;
      const message = `the idempotency key ${clientOrderId} was used for another order`;
      throw new ServiceError(409, 'idempotency_conflict', message, { clientOrderId });
    }
    if (known.status !== 'pending' && known.status !== 'failed') return known;
    if (known.sentAt === null) return undefined;
    const outcome = await gateway.findOutcome(trade).catch(unanswered(trade));
    if (outcome) return store.settle(trade.clientOrderId, outcome, clock());
    // Unknown there, but it may still be on its way: only the settler may decide that it was never sent.
    return known.status === 'pending' ? known : undefined;
  }

  private async trade(trade: NewTrade): Promise<Trade> {
    const { store, watch, gateway, settings, clock, log } = this.parts;
    let book: Book;
    try {
      book = await watch.observe(clock());
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      log.error({ clientOrderId: trade.clientOrderId, reason: messageOf(error) }, 'order failed: no gateway');
      return store.recordUnsent(trade, { status: 'failed', reason: 'gateway_unavailable' }, clock());
    }
    const decision = judgeOrder(trade, {
      limits: settings.limits,
      confidenceThreshold: settings.confidenceThreshold,
      locked: watch.isLocked(),
      drawdown: book.drawdown,
      positions: book.positions,
      unsettledBuysUsd: store.unsettledBuysUsd(trade.symbol, trade.clientOrderId),
      sentLastMinute: store.sentSince(clock() - 60_000),
    });
    if (decision.kind === 'skip')
      return store.recordUnsent(trade, { status: 'not_executed', reason: decision.reason }, clock());
    if (decision.kind === 'refuse') {
      const { status: httpStatus, code, message, extra } = decision;
      return store.recordUnsent(trade, { status: 'refused', refusal: { httpStatus, code, message, extra } }, clock());
    }
    const pending = store.recordSending(trade, clock());
    if (pending.status !== 'pending') return pending; // another process has settled this key meanwhile
    let outcome: Outcome;
    try {
      outcome = await gateway.placeOrder(trade);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      log.error({ clientOrderId: trade.clientOrderId, reason: messageOf(error) }, 'the outcome of an order is unknown');
      return pending;
    }
    if (outcome.status === 'failed')
      log.error({ clientOrderId: trade.clientOrderId, code: outcome.reason }, 'order failed: no market');
    return store.settle(trade.clientOrderId, outcome, clock());
  }

  /** A refused order is the system at work: a warning. What could not be executed was logged as an error where it failed. */
  private report({ clientOrderId, mode, status, reason, symbol, side, qtyUsd, agent }: Trade): void {
    this.parts.metrics.orders.inc({ mode, status, code: reason ?? '' });
    const fields = { clientOrderId, mode, status, code: reason, symbol, side, qtyUsd, agent };
    if (status === 'refused') this.parts.log.warn(fields, 'order refused');
    else if (status === 'filled' || status === 'not_executed') this.parts.log.info(fields, 'order decided');
  }
}

/** Turns a gateway that does not answer into the answer to a repeated request. */
function unanswered({ clientOrderId }: NewTrade) {
  return (error: unknown): never => {
    if (!(error instanceof Unanswered)) throw error;
    const message = `what became of ${clientOrderId} is not known yet: ${error.message}`;
    throw new ServiceError(503, 'gateway_unavailable', message, { clientOrderId });
  };
}
