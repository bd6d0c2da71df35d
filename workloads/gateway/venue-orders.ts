import { z } from 'zod';
import { messageOf } from '../../errors';
import type { Order } from '../../protocol/messages';

/** A fill at the venue. `price` is in the quote currency, money in USD. */
export interface VenueFill {
  readonly price: number;
  readonly qty: number;
  readonly qtyUsd: number;
  readonly feeUsd: number;
}

/** What the venue says of an order; `unknown` when it did not say, or does not know yet. */
export type VenueOutcome =
  | { readonly kind: 'executed'; readonly fill: VenueFill }
  | { readonly kind: 'dead'; readonly code: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly reason: string; readonly neverCame?: boolean };

/** An answer with the venue's time in it; null when it carried none. */
export interface VenueAnswer {
  readonly venueMs: number | null;
  readonly outcome: VenueOutcome;
}

const fillShape = z.object({
  status: z.literal('filled'),
  price: z.number(),
  qty: z.number(),
  qtyUsd: z.number(),
  feeUsd: z.number(),
});
const endShape = z.object({ status: z.enum(['rejected', 'expired', 'cancelled']) });
const refusalShape = z.object({ code: z.string(), message: z.string() });
const cancelShape = z.object({ cancelled: z.array(z.string()) });

const orderTimeoutMs = 3_000;
const askTimeoutMs = 1_000;

/** The only place that speaks to the venue's order endpoints, and the only one that holds its key. Nothing throws. */
export class VenueOrders {
  constructor(
    private readonly url: string,
    private readonly key: string,
  ) {}

  /** Places an order that the venue must execute by `deadline`, its own time in milliseconds, or never. */
  async place(order: Order, deadline: number, token: number): Promise<VenueAnswer> {
    return this.ask('POST', '/orders', orderTimeoutMs, { ...order, deadline, token });
  }

  /** What became of an order. */
  async find(clientOrderId: string): Promise<VenueAnswer> {
    return this.ask('GET', `/orders/${encodeURIComponent(clientOrderId)}`, askTimeoutMs);
  }

  /** Cancels every open order of the account. @returns their client order ids; null when the venue did not confirm */
  async cancelAll(): Promise<readonly string[] | null> {
    try {
      const { response, body } = await this.request('DELETE', '/orders', askTimeoutMs);
      return response.ok ? cancelShape.parse(body).cancelled : null;
    } catch {
      return null;
    }
  }

  /** The venue's time in milliseconds; null when it does not say. */
  async time(): Promise<number | null> {
    try {
      const { response } = await this.request('GET', '/time', askTimeoutMs);
      return response.ok ? timeOf(response) : null;
    } catch {
      return null;
    }
  }

  private async ask(method: string, path: string, timeoutMs: number, sent?: unknown): Promise<VenueAnswer> {
    try {
      const { response, body } = await this.request(method, path, timeoutMs, sent);
      return { venueMs: timeOf(response), outcome: outcomeOf(method, response.status, body) };
    } catch (error) {
      return { venueMs: null, outcome: { kind: 'unknown', reason: messageOf((error as Error).cause ?? error) } };
    }
  }

  private async request(method: string, path: string, timeoutMs: number, sent?: unknown) {
    const response = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'x-api-key': this.key, ...(sent === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    return { response, body: (await response.json()) as unknown };
  }
}

function timeOf(response: Response): number | null {
  const time = Number(response.headers.get('x-venue-time') ?? Number.NaN);
  return Number.isFinite(time) ? time : null;
}

/** Only what plainly says that an order will never be executed makes it dead. */
function outcomeOf(method: string, status: number, body: unknown): VenueOutcome {
  const fill = fillShape.safeParse(body);
  if (status === 200 && fill.success) return { kind: 'executed', fill: fill.data };
  const refusal = refusalShape.safeParse(body).data;
  const end = endShape.safeParse(body).data;
  if (end) return { kind: 'dead', code: refusal?.code ?? `order_${end.status}`, message: `the venue: ${end.status}` };
  const neverCame = status === 404 && refusal?.code === 'unknown_order';
  const said = refusal ? `${refusal.code}: ${refusal.message}` : `answer ${status}`;
  // A venue that refuses an order for its form or its key has not taken it in. A conflict says that it has.
  const refused = method === 'POST' && refusal !== undefined;
  if (refused && (status === 400 || status === 401 || refusal.code === 'market_ended'))
    return { kind: 'dead', code: 'venue_refused', message: `the venue refused the order: ${said}` };
  return { kind: 'unknown', reason: `the venue: ${said}`, ...(neverCame ? { neverCame } : {}) };
}
