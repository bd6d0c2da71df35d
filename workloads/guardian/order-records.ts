import { z } from 'zod';
import { notPermittedCodes } from '../../protocol/not-permitted';
import { ask } from './http';
import type { OrderSeen, Sample } from './rules/rule';

const gatewayForm = z.looseObject({
  orders: z.array(
    z.looseObject({
      id: z.number(),
      receivedAt: z.string(),
      mode: z.string().nullable(),
      agent: z.string().nullish(),
      status: z.string(),
      code: z.string().nullable(),
    }),
  ),
});
const backendForm = z.looseObject({
  trades: z.array(
    z.looseObject({
      id: z.number(),
      updatedAt: z.string(),
      mode: z.string(),
      agent: z.string().nullish(),
      status: z.string(),
      reason: z.string().nullish(),
    }),
  ),
});

/**
 * Refusals that do not say that a route is broken: the stack may not trade now, or its own brake or threshold holds it
 * back. Such orders reach no venue, and other rules are for their causes.
 */
const notRejections = [...notPermittedCodes, 'risk_locked', 'below_threshold'];

const page = 1_000;
/** Pages of the gateway's record that are read in one round. */
const mostPages = 10;
/** Orders that are kept of each record. */
const mostKept = 500;

type Orders = Pick<Sample, 'orders' | 'ordersAttempted' | 'ordersFailed'>;

/** Follows the gateway's record of orders and the backend's. */
export class OrderRecords {
  private since = 0;
  private gateway: readonly OrderSeen[] = [];
  private newestTrade: number | undefined;

  /** @param gateway @param backend their addresses, where they can be trusted to be theirs */
  async look(gateway: string | undefined, backend: string | undefined): Promise<Orders> {
    await this.followGateway(gateway);
    const answer = await ask(backend && `${backend}/api/trades?limit=200`);
    const trades = (backendForm.safeParse(answer?.body).data?.trades ?? []).filter(({ mode }) => mode === 'live');
    const before = this.newestTrade ?? trades[0]?.id ?? 0;
    const fresh = trades.filter(({ id }) => id > before);
    if (answer) this.newestTrade = Math.max(before, trades[0]?.id ?? 0);
    const seen = trades.reverse().flatMap(({ updatedAt, agent, status, reason }) => {
      const outcome = outcomeOf(status, reason ?? null);
      return outcome ? [{ at: Date.parse(updatedAt), agent: agent ?? '', outcome }] : [];
    });
    return {
      orders: { gateway: this.gateway, backend: seen },
      ordersAttempted: fresh.length,
      ordersFailed: fresh.filter(({ status }) => status === 'failed').length,
    };
  }

  private async followGateway(address: string | undefined): Promise<void> {
    for (let pages = 0; pages < mostPages; pages += 1) {
      const answer = await ask(address && `${address}/orders?since=${this.since}&limit=${page}`);
      const orders = gatewayForm.safeParse(answer?.body).data?.orders ?? [];
      const seen = orders.flatMap(({ mode, receivedAt, agent, status, code }) => {
        const outcome = mode === 'live' ? outcomeOf(status, code) : undefined;
        return outcome ? [{ at: Date.parse(receivedAt), agent: agent ?? '', outcome }] : [];
      });
      this.gateway = [...this.gateway, ...seen].slice(-mostKept);
      this.since = orders.at(-1)?.id ?? this.since;
      if (orders.length < page) return;
    }
  }
}

function outcomeOf(status: string, code: string | null): OrderSeen['outcome'] | undefined {
  if (status === 'filled') return 'filled';
  const rejected = (status === 'refused' || status === 'failed') && !(code !== null && notRejections.includes(code));
  return rejected ? 'rejected' : undefined;
}
