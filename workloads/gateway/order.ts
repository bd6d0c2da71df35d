import { z } from 'zod';
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
}

/** Reads an order strictly: a field that is not known is a failure, since it may be one that should limit the order. */
export function readOrder(
  body: RawBody,
  contentType: string | undefined,
  symbols: readonly string[],
): ReadResult<Order> {
  const shape = z.strictObject({
    clientOrderId: z.string().regex(/^[\x21-\x7e]{1,200}$/, 'expected 1 to 200 printable ASCII characters, no spaces'),
    mode: z.enum(['paper', 'live']),
    symbol: z.enum(symbols),
    side: z.enum(['buy', 'sell']),
    qtyUsd: z.number().min(0.01).max(1e9),
    agent: z.string().max(100).optional(),
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
