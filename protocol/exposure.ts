import type { GatewayState } from './gateway-state';
import type { Order } from './messages';

/** A symbol's position in USD as the venue has confirmed it, and what open orders could still add on either side. */
export interface Exposure {
  positionUsd: number;
  openBuysUsd: number;
  openSellsUsd: number;
}

export function exposureOf(orders: GatewayState['orders'], symbol: string): Exposure {
  const exposure = { positionUsd: 0, openBuysUsd: 0, openSellsUsd: 0 };
  for (const { order, outcome } of orders.values()) {
    if (order.symbol !== symbol || outcome === 'dead') continue;
    if (outcome === 'executed') exposure.positionUsd += order.side === 'buy' ? order.qtyUsd : -order.qtyUsd;
    else exposure[order.side === 'buy' ? 'openBuysUsd' : 'openSellsUsd'] += order.qtyUsd;
  }
  return exposure;
}

/** The largest position, long or short, that could be reached when this order and any of the open ones are filled. */
export function worstPositionUsd({ positionUsd, openBuysUsd, openSellsUsd }: Exposure, order: Order): number {
  const buys = openBuysUsd + (order.side === 'buy' ? order.qtyUsd : 0);
  const sells = openSellsUsd + (order.side === 'sell' ? order.qtyUsd : 0);
  return Math.max(positionUsd + buys, sells - positionUsd);
}

/** Whether this order can only bring the position nearer to 0, whichever open orders are filled before it. */
export function onlyReduces({ positionUsd, openBuysUsd, openSellsUsd }: Exposure, order: Order): boolean {
  if (order.side === 'sell') return positionUsd > 0 && positionUsd - openSellsUsd - order.qtyUsd >= 0;
  return positionUsd < 0 && positionUsd + openBuysUsd + order.qtyUsd <= 0;
}
