import { z } from 'zod';
import type { Fill, RoundTrip } from './trades';

const form = z.object({
  id: z.number(),
  clientOrderId: z.string(),
  mode: z.string(),
  symbol: z.string(),
  side: z.enum(['buy', 'sell']),
  agent: z.string().nullish(),
  qty: z.number(),
  valueUsd: z.number(),
  feeUsd: z.number(),
  filledAt: z.iso.datetime(),
});

/**
 * An order of the gateway's record as a fill that a canary judges: an agent's, in paper. Orders that no agent sent, such
 * as the preflight's own, are not the strategy's.
 * @returns undefined for any other order
 */
export function readPaperFill(order: { readonly status: unknown }): Fill | undefined {
  const { data: fill } = form.safeParse(order);
  if (order.status !== 'filled' || fill?.mode !== 'paper' || !fill.agent || fill.agent === 'preflight')
    return undefined;
  const { clientOrderId: id, symbol, side, qty, valueUsd, feeUsd } = fill;
  return { id, symbol, side, qty, valueUsd, feeUsd, filledAt: Date.parse(fill.filledAt) };
}

/** What a canary's evidence names by its digest: its round trips, without the windows that pair arms. */
export function rawDataOf(trips: readonly RoundTrip[]): Omit<RoundTrip, 'window'>[] {
  return trips.map(({ window: _, ...trip }) => trip);
}
