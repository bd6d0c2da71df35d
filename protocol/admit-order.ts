import type { Check } from './check';
import { rateWindowMs } from './constants';
import { exposureOf, onlyReduces, worstPositionUsd } from './exposure';
import type { GatewayState } from './gateway-state';
import { bytesOf, type Moment, type OrderRequest, type Permit, type Verifier } from './messages';

export interface OrderContext {
  readonly state: GatewayState;
  /** The one that is held. */
  readonly permit: Permit;
  readonly order: OrderRequest;
  readonly signature: string;
  /** As `deadlineOf` says. */
  readonly deadline: number | null;
  readonly verifier: Verifier;
  readonly now: Moment;
}

/** What a live order must be, under the permit that is held; numbered as in docs/protocol.md. */
export const allOrderChecks: readonly Check<OrderContext>[] = [
  // 1. The latch is open (asked again: nothing is sent over a latch, whatever is held); the permit is for such an order.
  { name: 'halted', holds: ({ state }) => state.halts.length === 0 },
  {
    name: 'reduce_only',
    holds: ({ state, permit, order }) =>
      permit.use === 'trade' || onlyReduces(exposureOf(state.orders, order.symbol), order),
  },
  // 2. Made under the permitted posture and for this start, signed by the instance that was observed, not used before.
  { name: 'order_posture', holds: ({ permit, order }) => order.posture === permit.posture },
  { name: 'order_gateway_start', holds: ({ permit, order }) => order.gatewayStart === permit.gatewayStart },
  {
    name: 'order_signature',
    holds: ({ permit, order, signature, verifier }) =>
      verifier.instance(permit.instance.key, bytesOf('order', order), signature),
  },
  {
    name: 'order_replayed',
    holds: ({ state, order: { clientOrderId } }) =>
      typeof clientOrderId === 'string' && !state.orders.has(clientOrderId),
  },
  // 3. Within the permit's limits; a size that is no amount, or a side that is none, is within no limit.
  { name: 'limit_symbol', holds: ({ permit, order }) => permit.limits.symbols.includes(order.symbol) },
  {
    name: 'limit_order_size',
    holds: ({ permit: { limits }, order: { qtyUsd } }) =>
      Number.isFinite(qtyUsd) && qtyUsd > 0 && qtyUsd <= limits.maxOrderUsd,
  },
  {
    name: 'limit_position',
    holds: ({ state, permit, order }) => {
      const exposure = exposureOf(state.orders, order.symbol);
      const within = worstPositionUsd(exposure, order) <= permit.limits.maxPositionUsd;
      return ['buy', 'sell'].includes(order.side) && (within || onlyReduces(exposure, order));
    },
  },
  // Orders are counted when they are admitted, and may be sent as late as their deadline: the minute is longer by that.
  {
    name: 'limit_rate',
    holds: ({ state, permit, now }) =>
      state.admittedAt.filter((at) => now.monoMs - at < rateWindowMs).length < permit.limits.maxOrdersPerMinute,
  },
  // 4. Its deadline is known and in the future.
  { name: 'order_deadline', holds: ({ deadline }) => deadline !== null },
];
