import type { Check } from './check';
import { rateWindowMs } from './constants';
import { exposureOf, onlyReduces, worstPositionUsd } from './exposure';
import type { GatewayState, Held } from './gateway-state';
import { bytesOf, type Moment, type SignedOrder, type Verifier } from './messages';

export interface OrderContext {
  readonly state: GatewayState;
  readonly held: Held;
  readonly signed: SignedOrder;
  /** As `deadlineOf` says. */
  readonly deadline: number | null;
  readonly verifier: Verifier;
  readonly now: Moment;
}

/** 1. The latch is open. Asked again here: nothing may be sent over a latch, whatever is held. */
export const orderLatch: Check<OrderContext> = {
  name: 'halted',
  holds: ({ state }) => state.halts.length === 0,
};

/** 1. The permit is for trading, or the order only reduces the position. */
export const orderUse: Check<OrderContext> = {
  name: 'reduce_only',
  holds: ({ state, held, signed: { order } }) =>
    held.permit.use === 'trade' || onlyReduces(exposureOf(state.orders, order.symbol), order),
};

/** 2. The order was made under the posture that is permitted. */
export const orderPosture: Check<OrderContext> = {
  name: 'order_posture',
  holds: ({ held, signed: { order } }) => order.posture === held.permit.posture,
};

/** 2. The order was made for this start of the gateway. */
export const orderGatewayStart: Check<OrderContext> = {
  name: 'order_gateway_start',
  holds: ({ held, signed: { order } }) => order.gatewayStart === held.permit.gatewayStart,
};

/** 2. It is signed by the trader instance that the guardian observed. */
export const orderSignature: Check<OrderContext> = {
  name: 'order_signature',
  holds: ({ held, signed, verifier }) =>
    verifier.instance(held.permit.instance.key, bytesOf('order', signed.order), signed.signature),
};

/** 2. Its id was not used before. */
export const orderUnused: Check<OrderContext> = {
  name: 'order_replayed',
  holds: ({ state, signed: { order } }) => !state.orders.has(order.clientOrderId),
};

/** 3. The symbol is permitted. */
export const orderSymbol: Check<OrderContext> = {
  name: 'limit_symbol',
  holds: ({ held, signed: { order } }) => held.permit.limits.symbols.includes(order.symbol),
};

/** 3. The order is no larger than permitted, and is an amount at all. */
export const orderSize: Check<OrderContext> = {
  name: 'limit_order_size',
  holds: ({ held, signed: { order } }) => order.qtyUsd > 0 && order.qtyUsd <= held.permit.limits.maxOrderUsd,
};

/** 3. The position after it is no larger than permitted, or nearer to 0 than before. */
export const orderPosition: Check<OrderContext> = {
  name: 'limit_position',
  holds: ({ state, held, signed: { order } }) => {
    const exposure = exposureOf(state.orders, order.symbol);
    return worstPositionUsd(exposure, order) <= held.permit.limits.maxPositionUsd || onlyReduces(exposure, order);
  },
};

/**
 * 3. There were not too many orders in the last minute. They are counted when they are admitted and may be sent as late
 * as their deadline, so the minute is longer by that.
 */
export const orderRate: Check<OrderContext> = {
  name: 'limit_rate',
  holds: ({ state, held, now }) =>
    state.admittedAt.filter((at) => now.monoMs - at < rateWindowMs).length < held.permit.limits.maxOrdersPerMinute,
};

/** 4. Its deadline is known and in the future. */
export const orderDeadline: Check<OrderContext> = {
  name: 'order_deadline',
  holds: ({ deadline }) => deadline !== null,
};

export const allOrderChecks: readonly Check<OrderContext>[] = [
  orderLatch,
  orderUse,
  orderPosture,
  orderGatewayStart,
  orderSignature,
  orderUnused,
  orderSymbol,
  orderSize,
  orderPosition,
  orderRate,
  orderDeadline,
];
