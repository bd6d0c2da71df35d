/** A trade as the backend recorded it; only what an agent needs of it. */
export interface Trade {
  readonly clientOrderId: string;
  readonly mode: string;
  readonly status: string;
  readonly side: string;
  /** Amount of the base currency; null while the trade is not filled. */
  readonly qty: number | null;
}

/** One closed candle of one feed. `candleTime` is its opening in milliseconds since the epoch. */
export interface SignalWindow {
  readonly feedId: string;
  readonly candleTime: number;
}

/** What an agent itself holds of a symbol; other agents' share of the account is not in it. */
export interface Position {
  readonly qty: number;
  /** The window of the buy that opened it; undefined when flat or unknown. */
  readonly entry: SignalWindow | undefined;
  /** The window of the newest order, whatever became of it. */
  readonly lastOrder: SignalWindow | undefined;
  /** An order was sent whose outcome the backend does not know yet: the position may be another one. */
  readonly unsettled: boolean;
}

const separator = ':';

/** The idempotency key of an order: one per agent, symbol, signal window and side. */
export function orderKey(agent: string, symbol: string, window: SignalWindow, side: string): string {
  return [agent, symbol, window.feedId, window.candleTime, side].join(separator);
}

/** The signal window that an order's key names; undefined for a key of another agent or symbol, or of no agent. */
export function windowOf(key: string, agent: string, symbol: string): SignalWindow | undefined {
  const prefix = `${agent}${separator}${symbol}${separator}`;
  const match = /^(.*):(\d+):(buy|sell)$/s.exec(key.startsWith(prefix) ? key.slice(prefix.length) : '');
  return match ? { feedId: match[1]!, candleTime: Number(match[2]) } : undefined;
}

export function isSameWindow(a: SignalWindow | undefined, b: SignalWindow): boolean {
  return a !== undefined && a.feedId === b.feedId && a.candleTime === b.candleTime;
}

/**
 * An agent's own position, from the backend's record: it survives a crash of the agent at any moment, which a file of
 * the agent's own could not promise.
 * @param trades newest first; those of other agents and symbols are left out here
 * @param mode only trades of this trading mode count: a paper position is nothing to sell live
 */
export function derivePosition(trades: readonly Trade[], agent: string, symbol: string, mode: string): Position {
  let position: Position = { qty: 0, entry: undefined, lastOrder: undefined, unsettled: false };
  for (const trade of [...trades].reverse()) {
    const window = windowOf(trade.clientOrderId, agent, symbol);
    if (!window || trade.mode !== mode) continue;
    position = { ...position, lastOrder: window, unsettled: position.unsettled || trade.status === 'pending' };
    if (trade.status !== 'filled' || trade.qty === null) continue;
    if (trade.side === 'buy') {
      position = { ...position, qty: position.qty + trade.qty, entry: window };
    } else {
      // The buy of a sell may lie beyond the trades at hand: never below flat.
      const qty = Math.max(0, position.qty - trade.qty);
      position = { ...position, qty, entry: qty === 0 ? undefined : position.entry };
    }
  }
  return position;
}
