import type { Features } from '../../../market/features';
import { isSameWindow, type Position, type SignalWindow } from './position';
import type { Consensus, Strategy } from './strategy';

/** What is known at the close of a candle. `priceUsd` is its close, USD for one unit of the base currency. */
export interface Signal {
  readonly window: SignalWindow;
  readonly intervalSeconds: number;
  readonly priceUsd: number;
  readonly features: Features;
  readonly consensus: Consensus;
}

export interface OrderIntent {
  readonly side: 'buy' | 'sell';
  /** USD, in whole cents. */
  readonly qtyUsd: number;
}

/** A rest worth less than this fraction of a usual buy is no position: it is what roundings leave behind. */
export const dustFraction = 0.01;

/**
 * The order that a signal asks for, if any. At most one per signal window: an order of the same window, whatever
 * became of it, means that there is nothing more to do in it. None while an earlier order is unsettled: it may fill yet.
 * @param qtyUsd value of a buy, USD
 */
export function decideOrder(
  strategy: Strategy,
  position: Position,
  signal: Signal,
  qtyUsd: number,
): OrderIntent | undefined {
  if (position.unsettled || isSameWindow(position.lastOrder, signal.window)) return undefined;
  const valueUsd = position.qty * signal.priceUsd;
  const holding = valueUsd >= qtyUsd * dustFraction;
  const choice = strategy({
    holding,
    candlesHeld: candlesSince(position.entry, signal),
    features: signal.features,
    consensus: signal.consensus,
  });
  if (choice === 'buy' && !holding) return { side: 'buy', qtyUsd };
  if (choice === 'sell' && holding) {
    // The gateway closes a whole position with a sell this near to it, so the price may move a little meanwhile.
    const cents = Math.floor(valueUsd * 100);
    return cents > 0 ? { side: 'sell', qtyUsd: cents / 100 } : undefined;
  }
  return undefined;
}

function candlesSince(entry: SignalWindow | undefined, { window, intervalSeconds }: Signal): number {
  if (!entry || entry.feedId !== window.feedId) return Number.POSITIVE_INFINITY;
  return Math.max(0, (window.candleTime - entry.candleTime) / (intervalSeconds * 1000));
}
