import { CutoverError, exitCodes } from '../errors';

/** A filled order, as the gateway or the backend recorded it. Money is in USD, times milliseconds since the epoch. */
export interface Fill {
  /** Unique; a fill that is told twice counts once. */
  readonly id: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  /** Amount of the base currency. */
  readonly qty: number;
  /** What was filled, before the fee. */
  readonly valueUsd: number;
  readonly feeUsd: number;
  readonly filledAt: number;
  /** Names the signal window that the order came from; pairs two arms. */
  readonly window?: string | undefined;
}

/** A position from its first buy until it is flat again. */
export interface RoundTrip {
  readonly symbol: string;
  /** Net of all fees, fraction of what was bought. */
  readonly netReturn: number;
  readonly boughtUsd: number;
  readonly openedAt: number;
  readonly closedAt: number;
  /** Of the buy that opened it. */
  readonly window: string | undefined;
}

/** A position that is open. */
export interface OpenTrip {
  readonly symbol: string;
  /** Amount of the base currency that is held, and that was bought. */
  readonly qty: number;
  readonly boughtQty: number;
  readonly boughtUsd: number;
  readonly soldUsd: number;
  readonly feesUsd: number;
  readonly openedAt: number;
  readonly window: string | undefined;
}

/** A rest of less than this fraction of what was bought is what roundings leave: the position counts as flat. */
export const flatFraction = 1e-6;

/** What a symbol's position becomes by a fill, and the round trip that the fill closes. */
export type FillEffect =
  | { readonly open: OpenTrip | undefined; readonly closed?: RoundTrip }
  /** A sell of what was bought before the canary began: nothing to judge. */
  | 'unmatched';

/**
 * Applies a fill to the open position of its symbol. A round trip ends only when all is sold: parts of it do not count
 * by themselves, so that a trader cannot take a gain in many pieces and a loss in one.
 * @throws CutoverError `malformed_fill` naming every field that is out of place
 */
export function applyFill(open: OpenTrip | undefined, fill: Fill): FillEffect {
  checkFill(fill);
  const { symbol, qty, valueUsd, feeUsd, filledAt, window } = fill;
  if (fill.side === 'buy') {
    const start = { symbol, qty: 0, boughtQty: 0, boughtUsd: 0, soldUsd: 0, feesUsd: 0, openedAt: filledAt, window };
    const before = open ?? start;
    return {
      open: {
        ...before,
        qty: before.qty + qty,
        boughtQty: before.boughtQty + qty,
        boughtUsd: before.boughtUsd + valueUsd,
        feesUsd: before.feesUsd + feeUsd,
      },
    };
  }
  if (!open) return 'unmatched';
  // Only the share that the canary saw bought: the rest of the sell belongs to an older position.
  const share = Math.min(1, open.qty / qty);
  const left: OpenTrip = {
    ...open,
    qty: open.qty - qty * share,
    soldUsd: open.soldUsd + valueUsd * share,
    feesUsd: open.feesUsd + feeUsd * share,
  };
  if (left.qty > left.boughtQty * flatFraction) return { open: left };
  const { boughtUsd, openedAt } = left;
  const netReturn = (left.soldUsd - left.feesUsd - boughtUsd) / boughtUsd;
  return {
    open: undefined,
    closed: { symbol, netReturn, boughtUsd, openedAt, closedAt: filledAt, window: left.window },
  };
}

/**
 * The net return of an open position if it were sold now.
 * @param priceUsd for one unit of the base currency
 * @param costFraction what selling costs, fraction of its value: fee and half spread
 */
export function markOpen(open: OpenTrip, priceUsd: number, costFraction: number): number {
  const proceeds = open.qty * priceUsd * (1 - costFraction);
  return (open.soldUsd + proceeds - open.feesUsd - open.boughtUsd) / open.boughtUsd;
}

/**
 * Pairs two arms by signal window: candidate minus baseline, an arm that did not trade in a window counted as flat.
 * Judge the pairs with twice the range of one arm, and only windows that both arms are done with: a pair must not change
 * after it was looked at. Windows in the order in which the candidate's or baseline's trade closed; a trade without a window is paired with none.
 */
export function pairByWindow(candidate: readonly RoundTrip[], baseline: readonly RoundTrip[]): number[] {
  const pairs = new Map<string, { difference: number; closedAt: number }>();
  const add = (trips: readonly RoundTrip[], sign: 1 | -1) => {
    for (const [index, trip] of trips.entries()) {
      const key = trip.window === undefined ? `${sign}#${index}` : `${trip.symbol} ${trip.window}`;
      const pair = pairs.get(key) ?? { difference: 0, closedAt: trip.closedAt };
      pairs.set(key, {
        difference: pair.difference + sign * trip.netReturn,
        closedAt: Math.max(pair.closedAt, trip.closedAt),
      });
    }
  };
  add(candidate, 1);
  add(baseline, -1);
  return [...pairs.values()].sort((a, b) => a.closedAt - b.closedAt).map(({ difference }) => difference);
}

function checkFill(fill: Fill): void {
  const failures: string[] = [];
  for (const name of ['qty', 'valueUsd'] as const)
    if (!(Number.isFinite(fill[name]) && fill[name] > 0))
      failures.push(`${name}: expected a number over 0, received ${fill[name]}`);
  for (const name of ['feeUsd', 'filledAt'] as const)
    if (!(Number.isFinite(fill[name]) && fill[name] >= 0))
      failures.push(`${name}: expected a number, 0 or more, received ${fill[name]}`);
  if (failures.length > 0)
    throw new CutoverError('malformed_fill', `the fill ${fill.id} cannot be judged`, {
      exitCode: exitCodes.checkFailed,
      details: failures,
    });
}
