import { z } from 'zod';
import { messageOf } from '../../errors';
import type { VenueAnswer } from './door/door';

/** A fill at the venue. `price` is in the quote currency, money in USD. */
export interface VenueFill {
  readonly price: number;
  readonly qty: number;
  readonly qtyUsd: number;
  readonly feeUsd: number;
}

/** What the venue says of an order, for the record; `unknown` when it did not say, or does not know yet. */
export type VenueOutcome =
  | { readonly kind: 'executed'; readonly fill: VenueFill }
  | { readonly kind: 'dead'; readonly code: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly reason: string };

const fillShape = z.object({ price: z.number(), qty: z.number(), qtyUsd: z.number(), feeUsd: z.number() });
const endShape = z.object({ status: z.enum(['rejected', 'expired', 'cancelled']) });
const refusalShape = z.object({ code: z.string(), message: z.string() });
const cancelShape = z.object({ cancelled: z.array(z.string()) });

/** What is recorded of an order; whether it was executed or never will be is what the door has read. */
export function readOutcome({ status, body, outcome }: VenueAnswer): VenueOutcome {
  const refusal = refusalShape.safeParse(body).data;
  const said = refusal ? `${refusal.code}: ${refusal.message}` : `answer ${status}`;
  if (outcome === 'executed') {
    const fill = fillShape.safeParse(body).data;
    return fill ? { kind: 'executed', fill } : { kind: 'unknown', reason: 'the venue: filled, without saying how' };
  }
  if (outcome === 'dead') {
    const end = endShape.safeParse(body).data;
    if (end) return { kind: 'dead', code: refusal?.code ?? `order_${end.status}`, message: `the venue: ${end.status}` };
    if (status !== 404) return { kind: 'dead', code: 'venue_refused', message: `the venue refused the order: ${said}` };
    return { kind: 'dead', code: 'venue_unreachable', message: 'the order did not reach the venue in time' };
  }
  return { kind: 'unknown', reason: status === 0 ? messageOf(body) : `the venue: ${said}` };
}

/** The client order ids that the venue says it has cancelled; null when it did not confirm. */
export function readCancelled({ status, body }: VenueAnswer): readonly string[] | null {
  return status === 200 ? (cancelShape.safeParse(body).data?.cancelled ?? null) : null;
}
