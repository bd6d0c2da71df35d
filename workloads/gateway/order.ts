import { z } from 'zod';
import { digest } from '../../evidence/forms';
import type { SignedOrder } from '../../protocol/messages';
import type { RawBody } from '../raw-body';
import { type ReadResult, readJson } from '../read-json';

/** An order as it is asked for. `qtyUsd` is its value in USD. */
export interface Order {
  readonly clientOrderId: string;
  readonly mode: 'paper' | 'live';
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly qtyUsd: number;
  readonly agent?: string | undefined;
  /** The same order as the trader instance signed it; for live orders. */
  readonly signed?: SignedOrder | undefined;
}

/** A recorded order. `price` is in the quote currency; `qtyUsd` is what was asked for, `valueUsd` what was filled. */
export interface OrderRecord extends Order {
  readonly id: number;
  readonly orderId: string | null;
  readonly receivedAt: string;
  /** `open` is a live order of which it is not known yet what became of it. */
  readonly status: 'filled' | 'refused' | 'open';
  readonly code: string | null;
  readonly message: string | null;
  readonly price: number | null;
  readonly qty: number | null;
  readonly valueUsd: number | null;
  readonly feeUsd: number | null;
  readonly filledAt: string | null;
}

const id = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'expected 1 to 200 printable ASCII characters, no spaces');
const qtyUsd = z.number().min(0.01).max(1e9);

/** Reads an order strictly: a field that is not known is a failure, since it may be one that should limit the order. */
export function readOrder(
  body: RawBody,
  contentType: string | undefined,
  symbols: readonly string[],
): ReadResult<Order> {
  const what = { clientOrderId: id, symbol: z.enum(symbols), side: z.enum(['buy', 'sell']), qtyUsd };
  const signed = z.strictObject({
    order: z.strictObject({ ...what, posture: digest, gatewayStart: z.string().max(200), sentAt: z.number() }),
    signature: z.string().max(200),
  });
  const shape = z
    .strictObject({
      ...what,
      mode: z.enum(['paper', 'live']),
      agent: z.string().max(100).optional(),
      signed: signed.optional(),
    })
    .refine((order) => !order.signed || isSameTrade(order.signed.order, order), {
      path: ['signed'],
      error: 'expected the order that it goes with',
    });
  if (body.truncated) return { failures: ['the body is too large'] };
  const read = readJson(shape, body.text);
  if (contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json') return read;
  const failure = `content-type: expected application/json; received ${contentType ?? 'nothing'}`;
  return { failures: ['failures' in read ? read.failures : [], failure].flat() };
}

/** Whether a repeated order asks for the same trade. */
export function isSameOrder(order: Order, known: Omit<Order, 'agent'>): boolean {
  const { mode, symbol, side, qtyUsd } = order;
  return known.mode === mode && known.symbol === symbol && known.side === side && known.qtyUsd === qtyUsd;
}

function isSameTrade(one: SignedOrder['order'], other: Omit<Order, 'mode' | 'agent' | 'signed'>): boolean {
  const same = one.clientOrderId === other.clientOrderId && one.symbol === other.symbol;
  return same && one.side === other.side && one.qtyUsd === other.qtyUsd;
}
