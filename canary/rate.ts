/** A share of runs with its 99 % interval, by Wilson's score method. Fractions. */
export interface Rate {
  readonly rate: number;
  readonly lo99: number;
  readonly hi99: number;
}

const z99 = 2.5758293035489004;

/** @param hits of `runs`, which is 1 or more */
export function rateOf(hits: number, runs: number): Rate {
  const rate = hits / runs;
  const spread = 1 + z99 ** 2 / runs;
  const centre = (rate + z99 ** 2 / (2 * runs)) / spread;
  const half = (z99 / spread) * Math.sqrt((rate * (1 - rate)) / runs + z99 ** 2 / (4 * runs ** 2));
  return { rate, lo99: hits === 0 ? 0 : centre - half, hi99: hits === runs ? 1 : centre + half };
}
