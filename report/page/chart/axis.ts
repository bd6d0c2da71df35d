import { showNumber } from '../show';

/** One direction of a plot. The labels stand at even distances, the first at `min`, the last at `max`. */
export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly labels: readonly string[];
}

/** An axis around values, its ends at round numbers, with three to six labels. Values that are no numbers do not count. */
export function numberAxis(values: Iterable<number>, show: (value: number) => string = showNumber): Axis {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [0, 1];
  // Too close together to be told apart by their labels.
  if (high - low <= Math.max(-low, high) * 1e-9 + 1e-12) {
    [low, high] = [Math.min(0, low), Math.abs(high) > 1e-12 ? Math.max(0, high) : 1];
  }
  const step = roundStep((high - low) / 4);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  const labels = Array.from({ length: last - first + 1 }, (_, index) => show(tidy((first + index) * step)));
  return { min: tidy(first * step), max: tidy(last * step), labels };
}

/** An axis of counts: from zero, and never finer than one. */
export function countAxis(values: Iterable<number>): Axis {
  const axis = numberAxis([0, ...values]);
  return axis.max <= 2 ? { min: 0, max: 2, labels: ['0', '1', '2'] } : axis;
}

/** An axis of time, UTC, with three labels. @param from and `to`, milliseconds since the epoch */
export function timeAxis(from: number, to: number): Axis {
  const max = to > from ? to : from + 1_000;
  const show = (at: number) => {
    const text = new Date(at).toISOString();
    return max - from < 6 * 3_600_000 ? text.slice(11, 19) : `${text.slice(5, 10)} ${text.slice(11, 16)}`;
  };
  return { min: from, max, labels: [from, (from + max) / 2, max].map(show) };
}

/** Where a value stands on an axis, 0..1; beyond its ends, at the end. */
export function placeOn({ min, max }: Axis, value: number): number {
  return Math.min(1, Math.max(0, (value - min) / (max - min)));
}

/** The next of 1, 2, 5 times a power of ten. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((one) => one * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Without what is left of a sum of binary fractions. */
const tidy = (value: number) => Number(value.toPrecision(12));
