import type { GatewayState } from './gateway-state';
import type { Order } from './messages';

/** A symbol's position in USD as the venue has confirmed it, and what open orders could still add on either side. */
export interface Exposure {
  readonly positionUsd: number;
  readonly openBuysUsd: number;
  readonly openSellsUsd: number;
}

export function exposureOf(orders: GatewayState['orders'], symbol: string): Exposure {
  let [positionUsd, openBuysUsd, openSellsUsd] = [0, 0, 0];
  for (const { order, outcome } of orders.values()) {
    if (order.symbol !== symbol || outcome === 'dead') continue;
    if (outcome === 'executed') positionUsd += order.side === 'buy' ? order.qtyUsd : -order.qtyUsd;
    else if (order.side === 'buy') openBuysUsd += order.qtyUsd;
    else openSellsUsd += order.qtyUsd;
  }
  return { positionUsd, openBuysUsd, openSellsUsd };
}

/** The largest position, long or short, that could be reached when this order and any of the open ones are filled. */
export function worstPositionUsd(exposure: Exposure, order: Order): number {
  const buys = exposure.openBuysUsd + (order.side === 'buy' ? order.qtyUsd : 0);
  const sells = exposure.openSellsUsd + (order.side === 'sell' ? order.qtyUsd : 0);
  return Math.max(exposure.positionUsd + buys, sells - exposure.positionUsd);
}

/** Whether this order can only bring the position nearer to 0, whichever open orders are filled before it. */
export function onlyReduces(exposure: Exposure, order: Order): boolean {
  if (order.side === 'sell')
    return exposure.positionUsd - exposure.openSellsUsd - order.qtyUsd >= 0 && exposure.positionUsd > 0;
  return exposure.positionUsd + exposure.openBuysUsd + order.qtyUsd <= 0 && exposure.positionUsd < 0;
}
