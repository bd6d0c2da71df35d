/** One comparison, both sides measured in turn in this run. */
export interface BenchResult {
  readonly name: string;
  /** Median of our side. */
  readonly ours: number;
  /** Median of the other side. */
  readonly peer: number;
  readonly ratio: number;
  /** The largest ratio that is good enough, or null where none is set. */
  readonly aim: number | null;
  readonly ok: boolean;
  readonly unit: string;
  /** The largest of each side, where the worst is what counts. */
  readonly max?: { readonly ours: number; readonly peer: number };
}

/**
 * Times two commands in turn, A B A B, so that a machine whose speed drifts is as unfair to one as to the other.
 * @param count runs of each, after one that is not counted
 * @returns medians in seconds, and the median of the ratios of neighbours
 */
export async function compare(
  name: string,
  aim: number | null,
  count: number,
  ours: () => Promise<void>,
  peer: () => Promise<void>,
): Promise<BenchResult> {
  const times: { ours: number; peer: number }[] = [];
  for (let run = 0; run <= count; run += 1) {
    const pair = { ours: await timeOf(ours), peer: await timeOf(peer) };
    if (run > 0) times.push(pair);
  }
  const ratio = median(times.map((pair) => pair.ours / pair.peer));
  return {
    name,
    ours: median(times.map((pair) => pair.ours)),
    peer: median(times.map((pair) => pair.peer)),
    ratio,
    aim,
    ok: aim === null || ratio <= aim,
    unit: 's',
  };
}

/** A result of what both sides came to. @param aim the largest ratio that is good enough */
export function judged(
  of: Pick<BenchResult, 'name' | 'ours' | 'peer' | 'unit'> & { readonly aim: number },
): BenchResult {
  const ratio = of.ours / of.peer;
  return { ...of, ratio, ok: ratio <= of.aim };
}

/** How long a task takes, seconds. */
export async function timeOf(task: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await task();
  return (performance.now() - started) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
