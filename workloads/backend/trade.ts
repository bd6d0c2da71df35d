import { ServiceError } from '../service';
import type { OrderRequest } from './risk';
import type { TradingMode } from './settings';

/**
 * - `pending`: sent, or about to be; the outcome is not known yet
 * - `filled`, `refused`, `not_executed`: final; a repeated request gets the same answer
 * - `failed`: not traded, because gateway or market were not there; a repeated request tries again
 */
export type TradeStatus = 'pending' | 'filled' | 'refused' | 'not_executed' | 'failed';

/** An order as the backend takes it in. `pair` is a name for people. */
export interface NewTrade extends OrderRequest {
  readonly clientOrderId: string;
  readonly mode: TradingMode;
  readonly pair: string;
  readonly agent: string | null;
}

/** What became of an order. Money is in USD, `price` in the quote currency. */
export type Outcome =
  | {
      readonly status: 'filled';
      readonly orderId: string;
      readonly price: number;
      readonly qty: number;
      /** What was filled; a sell that closes a position may differ a little from what was asked. */
      readonly filledUsd: number;
      readonly feeUsd: number;
    }
  | { readonly status: 'refused'; readonly refusal: Refusal }
  | { readonly status: 'not_executed'; readonly reason: string }
  | { readonly status: 'failed'; readonly reason: string };

/** The answer to a refused order, kept so that it can be given again. */
export interface Refusal {
  readonly httpStatus: number;
  readonly code: string;
  readonly message: string;
  readonly extra: Readonly<Record<string, unknown>>;
}

/** A row of `live_trades`. */
export interface Trade extends NewTrade {
  readonly id: number;
  readonly status: TradeStatus;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When it was last sent to the gateway; null when it never was. */
  readonly sentAt: string | null;
  readonly orderId: string | null;
  readonly price: number | null;
  readonly qty: number | null;
  readonly filledUsd: number | null;
  readonly feeUsd: number | null;
  readonly reason: string | null;
  readonly refusal: Refusal | null;
}

/** Whether two requests under one idempotency key ask for the same trade. */
export function isSameTrade(one: NewTrade, other: NewTrade): boolean {
  return (
    one.mode === other.mode && one.symbol === other.symbol && one.side === other.side && one.qtyUsd === other.qtyUsd
  );
}

/**
 * What the caller hears of a trade.
 * @throws ServiceError the refusal of a refused one; 503 while a trade is `pending` or `failed`
 */
export function answerOf(trade: Trade): Record<string, unknown> {
  const { clientOrderId, mode, symbol, side, qtyUsd, status, orderId, price, qty, filledUsd, feeUsd, reason } = trade;
  const common = { clientOrderId, mode, dryRun: mode === 'paper' };
  if (trade.refusal) {
    const { httpStatus, code, message, extra } = trade.refusal;
    throw new ServiceError(httpStatus, code, message, { ...extra, ...common });
  }
  if (status === 'pending' || status === 'failed') {
    const code = status === 'failed' && reason === 'market_unavailable' ? reason : 'gateway_unavailable';
    const known = status === 'failed' ? 'it was not executed' : 'it is not known yet whether it was executed';
    throw new ServiceError(503, code, `${known}; ask again with the idempotency key ${clientOrderId}`, common);
  }
  return {
    executed: status === 'filled',
    ...common,
    orderId,
    symbol,
    side,
    qtyUsd,
    price,
    qty,
    filledUsd,
    feeUsd,
    status,
    ...(reason === null ? {} : { reason }),
  };
}
