import type { Rule, Sample } from './rule';

/** Above this fraction the traders fail too often. */
const limit = 0.05;
const windowMs = 60_000;
/** Fewer errors than this in a window say nothing about a rate. */
const leastErrors = 5;
/** As many windows in a row must be over the limit. */
const consecutive = 3;

/** More than 5 % of the log lines of the traders are errors, or of their orders fail, within a minute. */
export const errorRate: Rule = {
  name: 'error-rate',
  trips: ({ samples }) => {
    const newest = samples.slice(-consecutive);
    if (newest.length < consecutive) return null;
    const windows = newest.map((end) => worstRate(samples.filter(({ at }) => at <= end.at && at > end.at - windowMs)));
    if (!windows.every((rate) => rate > limit)) return null;
    return `${(windows.at(-1)! * 100).toFixed(1)} % errors within a minute, at most ${limit * 100} %`;
  },
};

/** The worse of logs and orders. */
function worstRate(window: readonly Sample[]): number {
  const sum = (of: (sample: Sample) => number) => window.reduce((total, sample) => total + of(sample), 0);
  return Math.max(
    rate(
      sum(({ logErrors }) => logErrors),
      sum(({ logLines }) => logLines),
    ),
    rate(
      sum(({ ordersFailed }) => ordersFailed),
      sum(({ ordersAttempted }) => ordersAttempted),
    ),
  );
}

function rate(errors: number, all: number): number {
  return errors < leastErrors ? 0 : errors / Math.max(errors, all);
}
