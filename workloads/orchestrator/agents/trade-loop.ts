import type { Logger } from 'pino';
import { computeFeatures, featureWindow } from '../../../market/features';
import { type Backend, type Gateway, type Market, type PreparedOrder, RequestError } from './clients';
import { decideOrder } from './decide-order';
import { count, type ExecutionMetrics, noAttempts, type Outcome } from './execution-metrics';
import { derivePosition, isSameWindow, orderKey, type SignalWindow } from './position';
import type { Strategy } from './strategy';

export interface TradeLoopOptions {
  readonly agent: string;
  /** Value of a buy, USD. */
  readonly qtyUsd: number;
  readonly strategy: Strategy;
  readonly gateway: Gateway;
  readonly backend: Backend;
  readonly log: Logger;
}

export interface TradeLoop {
  /**
   * Looks at a symbol once, and acts if a candle closed that was not acted on yet.
   * @throws RequestError when a service is unavailable: the same step is to be tried again
   */
  step(symbol: string): Promise<void>;
  metrics(): ExecutionMetrics;
}

interface SymbolState {
  handled?: SignalWindow;
  /** An order whose fate is unknown: within its window it is sent again as it was, so that its key still fits. */
  unsettled?: Unsettled;
}

interface Unsettled {
  readonly order: PreparedOrder;
  readonly window: SignalWindow;
  /** When the candle was first seen, on the clock of `performance.now`. */
  readonly seenMs: number;
}

/** One agent's loop: at most one order per symbol and signal window, also when it runs twice or starts again. */
export function createTradeLoop(options: TradeLoopOptions): TradeLoop {
  const { agent, qtyUsd, strategy, gateway, backend, log } = options;
  const states = new Map<string, SymbolState>();
  let metrics = noAttempts;

  const send = async (symbol: string, state: SymbolState, { order, window, seenMs }: Unsettled) => {
    const outcome = await attempt(backend, order, seenMs);
    metrics = count(metrics, outcome.outcome);
    const { consecutiveRouteRejections } = metrics;
    const about = { symbol, side: order.side, qtyUsd: order.qtyUsd, key: order.key };
    if (outcome.error?.isUnavailable) throw outcome.error;
    // Filled or refused: the next candle decides anew. A refusal is not pressed within the same candle.
    state.handled = window;
    delete state.unsettled;
    if (outcome.outcome.kind === 'filled') log.info(about, 'order filled');
    else if (outcome.outcome.kind === 'held-back') log.info({ ...about, reason: outcome.reason }, 'order held back');
    else log.warn({ ...about, code: outcome.outcome.code, consecutiveRouteRejections }, 'route rejected the order');
  };

  return {
    metrics: () => metrics,
    step: async (symbol) => {
      const state = states.get(symbol) ?? {};
      states.set(symbol, state);
      const market = await gateway.market(symbol);
      const seenMs = performance.now();
      const last = market.candles.at(-1);
      if (!last || market.candles.length < featureWindow || market.market === 'ended') return;
      const window = { feedId: market.feedId, candleTime: last.time };
      if (isSameWindow(state.handled, window)) return;
      if (state.unsettled && isSameWindow(state.unsettled.window, window)) return send(symbol, state, state.unsettled);
      // An order of an earlier candle is not pressed: its signal is old. The backend's record says what became of it.
      delete state.unsettled;
      const order = await prepare(symbol, market, window);
      if (!order) {
        state.handled = window;
        return;
      }
      state.unsettled = { order, window, seenMs };
      await send(symbol, state, state.unsettled);
    },
  };

  async function prepare(symbol: string, market: Market, window: SignalWindow): Promise<PreparedOrder | undefined> {
    const features = computeFeatures(market.candles);
    const consensus = await backend.consensus(symbol, features);
    const mode = await backend.tradingMode();
    const position = derivePosition(await backend.trades(agent), agent, symbol, mode);
    const priceUsd = market.candles.at(-1)!.close * market.usdPerQuote;
    const { intervalSeconds } = market;
    const signal = { window, intervalSeconds, priceUsd, features, consensus };
    const intent = decideOrder(strategy, position, signal, qtyUsd);
    if (!intent) return undefined;
    const key = orderKey(agent, symbol, window, intent.side);
    return { ...intent, key, symbol, agent, confidence: consensus.confidence };
  }
}

interface Attempt {
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly error?: RequestError;
}

async function attempt(backend: Backend, order: PreparedOrder, seenMs: number): Promise<Attempt> {
  try {
    const { executed, reason } = await backend.execute(order);
    if (!executed) return { outcome: { kind: 'held-back' }, reason: reason ?? 'no reason given' };
    return { outcome: { kind: 'filled', queueSeconds: (performance.now() - seenMs) / 1000 } };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { outcome: { kind: 'rejected', code: error.code }, error };
  }
}
