/** How good confidences (0..1) were against what happened (1: higher, 0: not). */
export interface Score {
  /** Mean negative log likelihood, in nats; 0.693 is what always saying 0.5 gets. */
  readonly logLoss: number;
  /** Log loss of always saying the share of ones: what the model has to beat. */
  readonly baseLogLoss: number;
  /** Area under the ROC curve; 0.5 is chance. */
  readonly auc: number;
  /** Share of ones. */
  readonly baseRate: number;
  readonly examples: number;
}

/** Scores confidences. Both lists must be of the same length, and hold both outcomes. */
export function scoreOf(confidences: readonly number[], labels: readonly (0 | 1)[]): Score {
  const examples = labels.length;
  const ones = labels.reduce((sum: number, label) => sum + label, 0);
  const baseRate = ones / examples;
  const logLoss =
    confidences.reduce((sum, value, index) => sum - Math.log(labels[index] === 1 ? value : 1 - value), 0) / examples;
  return {
    logLoss,
    baseLogLoss: -(baseRate * Math.log(baseRate) + (1 - baseRate) * Math.log(1 - baseRate)),
    auc: (rankSumOfOnes(confidences, labels) - (ones * (ones + 1)) / 2) / (ones * (examples - ones)),
    baseRate,
    examples,
  };
}

/** Sum of the ranks (1 is lowest, ties share their mean rank) of the ones. */
function rankSumOfOnes(confidences: readonly number[], labels: readonly (0 | 1)[]): number {
  const order = confidences.map((_, index) => index).sort((a, b) => confidences[a]! - confidences[b]!);
  let sum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && confidences[order[end]!] === confidences[order[start]!]) end += 1;
    const rank = (start + 1 + end) / 2;
    for (let index = start; index < end; index += 1) sum += labels[order[index]!]! * rank;
    start = end;
  }
  return sum;
}
