/** How an agent's orders fared since it started. */
export interface ExecutionMetrics {
  readonly attempts: number;
  readonly fills: number;
  /** Fraction of attempts that filled; 1 before the first. */
  readonly filledToAttempt: number;
  /** Orders that a risk rule held back: threshold, limits, drawdown brake. */
  readonly riskFallbacks: number;
  /** Orders refused or not served since the last fill. */
  readonly consecutiveRouteRejections: number;
  readonly rejections: Readonly<Record<string, number>>;
  /** Mean seconds from seeing a candle to the fill of its order; null before the first. */
  readonly meanQueueSeconds: number | null;
}

/** What became of one attempt. */
export type Outcome =
  | { readonly kind: 'filled'; readonly queueSeconds: number }
  | { readonly kind: 'held-back' }
  | { readonly kind: 'rejected'; readonly code: string };

const riskCodes = ['risk_locked', 'limit_exceeded'];

export const noAttempts: ExecutionMetrics = {
  attempts: 0,
  fills: 0,
  filledToAttempt: 1,
  riskFallbacks: 0,
  consecutiveRouteRejections: 0,
  rejections: {},
  meanQueueSeconds: null,
};

/** The metrics after one more attempt. */
export function count(metrics: ExecutionMetrics, outcome: Outcome): ExecutionMetrics {
  const attempts = metrics.attempts + 1;
  const fills = metrics.fills + (outcome.kind === 'filled' ? 1 : 0);
  const next = { ...metrics, attempts, fills, filledToAttempt: fills / attempts };
  switch (outcome.kind) {
    case 'filled': {
      const mean = metrics.meanQueueSeconds ?? 0;
      const meanQueueSeconds = mean + (outcome.queueSeconds - mean) / fills;
      return { ...next, consecutiveRouteRejections: 0, meanQueueSeconds };
    }
    case 'held-back':
      return { ...next, riskFallbacks: metrics.riskFallbacks + 1 };
    case 'rejected':
      return {
        ...next,
        riskFallbacks: metrics.riskFallbacks + (riskCodes.includes(outcome.code) ? 1 : 0),
        consecutiveRouteRejections: metrics.consecutiveRouteRejections + 1,
        rejections: { ...metrics.rejections, [outcome.code]: (metrics.rejections[outcome.code] ?? 0) + 1 },
      };
  }
}
