/** The limits that an order has to keep. `maxDrawdown` is a fraction of the equity's peak. */
export interface RiskLimits {
  readonly maxOrderUsd: number;
  /** Largest position in one symbol. */
  readonly maxPositionUsd: number;
  readonly maxDrawdown: number;
  readonly maxOrdersPerMinute: number;
}

export interface OrderRequest {
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly qtyUsd: number;
  /** The model's probability, 0..1. */
  readonly confidence: number;
}

/** A position as the gateway values it; `valueUsd` is below 0 for a short one. */
export interface Position {
  readonly symbol: string;
  readonly valueUsd: number;
}

/** What is known at the moment an order is judged. */
export interface RiskView {
  readonly limits: RiskLimits;
  readonly confidenceThreshold: number;
  /** Whether the drawdown brake has tripped and was not reset since. */
  readonly locked: boolean;
  /** Fraction below the equity's peak. */
  readonly drawdown: number;
  readonly positions: readonly Position[];
  /** Buys of the symbol that were sent and whose outcome is not known: they may be in the position soon. */
  readonly unsettledBuysUsd: number;
  /** Orders that were sent in the last 60 seconds. */
  readonly sentLastMinute: number;
}

export type RiskDecision =
  | { readonly kind: 'send'; readonly reducing: boolean }
  | { readonly kind: 'skip'; readonly reason: 'below_threshold' }
  | {
      readonly kind: 'refuse';
      readonly status: 422 | 423;
      readonly code: 'risk_locked' | 'limit_exceeded';
      readonly message: string;
      readonly extra: Readonly<Record<string, unknown>>;
    };

/** The gateway closes a position with a sell this close to it (fraction), since prices move while one looks. */
const closeTolerance = 0.005;

/** Whether an order makes a position smaller and cannot turn it round. */
export function isReducing(order: Pick<OrderRequest, 'symbol' | 'side' | 'qtyUsd'>, positions: readonly Position[]) {
  const held = positionUsd(order.symbol, positions);
  const opposite = order.side === 'sell' ? held > 0 : held < 0;
  return opposite && order.qtyUsd <= Math.abs(held) * (1 + closeTolerance);
}

/** Whether a drawdown (fraction from the peak) trips the brake, or keeps it from being reset. */
export function isOverDrawdown(drawdown: number, limits: RiskLimits): boolean {
  return drawdown > limits.maxDrawdown;
}

/**
 * Judges an order. One that only reduces a position always goes out: nothing here may stand between a trader and less
 * risk. Otherwise the brake comes first, then the threshold, then all limits together.
 */
export function judgeOrder(order: OrderRequest, view: RiskView): RiskDecision {
  if (isReducing(order, view.positions)) return { kind: 'send', reducing: true };
  const { drawdown } = view;
  const { maxDrawdown } = view.limits;
  if (view.locked || isOverDrawdown(drawdown, view.limits)) {
    return {
      kind: 'refuse',
      status: 423,
      code: 'risk_locked',
      message: 'the drawdown brake is on: only orders that reduce a position go out until it is reset',
      extra: { drawdown, maxDrawdown },
    };
  }
  if (order.confidence < view.confidenceThreshold) return { kind: 'skip', reason: 'below_threshold' };
  const exceeded = exceededLimits(order, view);
  if (exceeded.length === 0) return { kind: 'send', reducing: false };
  return {
    kind: 'refuse',
    status: 422,
    code: 'limit_exceeded',
    message: exceeded.map(({ limit, max, value }) => `${limit} is ${max}, the order would make it ${value}`).join('; '),
    extra: { exceeded },
  };
}

function exceededLimits(order: OrderRequest, { limits, positions, unsettledBuysUsd, sentLastMinute }: RiskView) {
  const signed = order.side === 'buy' ? order.qtyUsd : -order.qtyUsd;
  const position = Math.abs(positionUsd(order.symbol, positions) + unsettledBuysUsd + signed);
  const checks = [
    { limit: 'maxOrderUsd', max: limits.maxOrderUsd, value: order.qtyUsd },
    { limit: 'maxPositionUsd', max: limits.maxPositionUsd, value: position },
    { limit: 'maxOrdersPerMinute', max: limits.maxOrdersPerMinute, value: sentLastMinute + 1 },
  ];
  return checks.filter(({ max, value }) => value > max);
}

function positionUsd(symbol: string, positions: readonly Position[]): number {
  return positions.find((position) => position.symbol === symbol)?.valueUsd ?? 0;
}
