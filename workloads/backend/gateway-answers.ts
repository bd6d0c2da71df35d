import { z } from 'zod';
import type { JsonAnswer } from './http-json';
import { Unanswered } from './http-json';
import type { NewTrade, Outcome } from './trade';

/** What the gateway's answers look like, as far as the backend needs them. More fields are ignored. */

export const bookShape = z.object({
  equityUsd: z.number(),
  peakUsd: z.number(),
  drawdown: z.number().min(0).max(1),
  positions: z.array(z.object({ symbol: z.string(), valueUsd: z.number() })),
});

/** The gateway's book, as far as the backend needs it. Money is in USD, `drawdown` a fraction from the equity's peak. */
export type Book = z.infer<typeof bookShape>;

export const healthShape = z.object({
  ok: z.boolean(),
  posture: z.object({ digest: z.string() }).nullable(),
  permit: z.object({ state: z.string() }),
  /** Names this start of the gateway; a live order is for one. */
  start: z.string().optional(),
});

export type GatewayHealth = z.infer<typeof healthShape>;

const order = {
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  mode: z.enum(['paper', 'live']),
};
const fill = { orderId: z.string(), price: z.number(), qty: z.number(), feeUsd: z.number() };
const fillShape = z.object({ status: z.literal('filled'), qtyUsd: z.number(), ...order, ...fill });
const refusalShape = z.looseObject({ code: z.string(), message: z.string() });
const recordShape = z.discriminatedUnion('status', [
  // Here `qtyUsd` is what was asked for, so that it can be held against the trade.
  z.object({ status: z.literal('filled'), qtyUsd: z.number(), valueUsd: z.number(), ...order, ...fill }),
  z.object({ status: z.literal('refused'), code: z.string(), message: z.string().nullable() }),
  z.object({ status: z.literal('open') }),
]);

/** Codes that say "not now": nothing was traded, and the same order may be sent again. */
const transientCodes = ['market_unavailable'];

/** Codes that say that the order was taken before: its record says what became of it. */
const takenCodes = ['order_replayed', 'outcome_unknown'];

/** The HTTP status of refusals that are only known from the gateway's record, which keeps the code. */
const statusOfCode: Readonly<Record<string, number>> = {
  invalid_order: 400,
  unknown_symbol: 400,
  idempotency_conflict: 409,
  permit_required: 423,
  permit_expired: 423,
  halted: 423,
  reduce_only: 423,
  order_posture: 423,
  order_gateway_start: 423,
  order_signature: 423,
  order_deadline: 423,
};

/**
 * What the gateway's answer to `POST /orders` means.
 * @throws Unanswered when it does not say whether the order was filled
 */
export function outcomeOfOrder({ status, body }: JsonAnswer): Outcome {
  const filled = status === 200 ? fillShape.safeParse(body) : undefined;
  if (filled?.success) {
    const { orderId, price, qty, qtyUsd, feeUsd } = filled.data;
    return { status: 'filled', orderId, price, qty, filledUsd: qtyUsd, feeUsd };
  }
  const refused = refusalShape.safeParse(body);
  if (refused.success) {
    const { code, message, ...extra } = refused.data;
    if (transientCodes.includes(code)) return { status: 'failed', reason: code };
    if (status >= 400 && status < 500 && !takenCodes.includes(code))
      return { status: 'refused', refusal: { httpStatus: status, code, message, extra } };
  }
  throw new Unanswered(`the gateway's answer ${status} does not say what became of the order`);
}

/**
 * What the gateway's record of an order says of a trade.
 * @returns undefined when the gateway has no final record: the order did not arrive, or met a market that was not there
 * @throws Unanswered when the answer cannot be understood
 */
export function outcomeOfRecord({ status, body }: JsonAnswer, trade: NewTrade): Outcome | undefined {
  if (status === 404 && refusalShape.safeParse(body).data?.code === 'unknown_order') return undefined;
  const read = status === 200 ? recordShape.safeParse(body) : undefined;
  if (!read?.success) throw new Unanswered(`the gateway's answer ${status} is not the record of an order`);
  const record = read.data;
  if (record.status === 'open') throw new Unanswered('the order is at the venue; its outcome is not known yet');
  if (record.status === 'refused') {
    const { code } = record;
    if (transientCodes.includes(code)) return undefined;
    if (takenCodes.includes(code)) throw new Unanswered('the order was taken before; its outcome is not known');
    const message = record.message ?? code;
    return { status: 'refused', refusal: { httpStatus: statusOfCode[code] ?? 422, code, message, extra: {} } };
  }
  const { symbol, side, mode, qtyUsd } = record;
  if (symbol !== trade.symbol || side !== trade.side || mode !== trade.mode || qtyUsd !== trade.qtyUsd) {
    const message = 'the gateway filled another order under this idempotency key';
    return { status: 'refused', refusal: { httpStatus: 409, code: 'idempotency_conflict', message, extra: {} } };
  }
  const { orderId, price, qty, valueUsd, feeUsd } = record;
  return { status: 'filled', orderId, price, qty, filledUsd: valueUsd, feeUsd };
}
