export type Side = 'buy' | 'sell';

/** The fee of one side of a trade, as a fraction of its value. */
export const feeFraction = 0.001;

/** Half of the spread between buying and selling price, as a fraction of the close: one basis point. */
export const halfSpreadFraction = 0.0001;

/** The price of a market order: the close, worsened by the half spread. In the currency of `close`. */
export function fillPrice(side: Side, close: number): number {
  return close * (side === 'buy' ? 1 + halfSpreadFraction : 1 - halfSpreadFraction);
}
