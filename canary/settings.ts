/** What decides a canary, declared before its first trade. Returns are fractions of a trade's size. */
export interface CanarySettings {
  /** Fewer trades than this never promote. */
  readonly minTrades: number;
  /** At this many trades without a verdict the canary ends: inconclusive, which is not a promotion. */
  readonly maxTrades: number;
  /** The chance of promoting what is worse than `-margin`, and of rejecting what is better; 0..1, each. */
  readonly alpha: number;
  /** How much worse than flat (or than the baseline) still counts as no worse, fraction, 0 or more. */
  readonly margin: number;
  /**
   * No return is expected beyond this, either way, fraction over the margin. Gains beyond it are cut, which can only
   * delay a promotion; a loss beyond it rejects at once, since what was assumed of the trades is then wrong.
   */
  readonly range: number;
}

export const defaultSettings: CanarySettings = {
  minTrades: 30,
  maxTrades: 1_000,
  alpha: 0.05,
  margin: 0.001,
  range: 0.02,
};

/** @throws RangeError naming every setting that is out of place */
export function checkSettings(settings: CanarySettings): void {
  const { minTrades, maxTrades, alpha, margin, range } = settings;
  const failures: string[] = [];
  if (!(Number.isInteger(minTrades) && minTrades >= 1))
    failures.push(`minTrades: expected a whole number over 0, received ${minTrades}`);
  if (!(Number.isInteger(maxTrades) && maxTrades >= minTrades))
    failures.push(`maxTrades: expected a whole number, minTrades or more, received ${maxTrades}`);
  if (!(alpha > 0 && alpha < 0.5)) failures.push(`alpha: expected a fraction between 0 and 0.5, received ${alpha}`);
  if (!(margin >= 0)) failures.push(`margin: expected a fraction, 0 or more, received ${margin}`);
  if (!(Number.isFinite(range) && range > margin))
    failures.push(`range: expected a fraction over the margin, received ${range}`);
  if (failures.length > 0) throw new RangeError(failures.join('; '));
}
