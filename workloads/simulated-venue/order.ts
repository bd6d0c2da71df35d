import { z } from 'zod';

const shape = z.strictObject({
  clientOrderId: z.string().min(1).max(200),
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  qtyUsd: z.number().min(0.01).max(1e9),
  /** A `limit` order rests until the market crosses its price, in the quote currency. */
  type: z.enum(['market', 'limit']).default('market'),
  limitPrice: z.number().positive().optional(),
  /** The venue's time in milliseconds after which the order is never executed. */
  deadline: z.number().optional(),
  /** Kept in the record only: under which permit the sender says that it was sent. */
  token: z.int().optional(),
});

export const orderShape = shape.refine((order) => (order.type === 'limit') === (order.limitPrice !== undefined), {
  path: ['limitPrice'],
  error: 'expected for a limit order, and for no other',
});

/** An order as it is asked for. `qtyUsd` is its value in USD. */
export type VenueOrder = z.infer<typeof orderShape>;

/** Whether the market, at this close, executes an order. */
export function crosses({ type, side, limitPrice }: Pick<VenueOrder, 'type' | 'side' | 'limitPrice'>, close: number) {
  if (type === 'market' || limitPrice === undefined) return true;
  return side === 'buy' ? close <= limitPrice : close >= limitPrice;
}
