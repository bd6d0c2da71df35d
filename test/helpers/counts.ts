/** What became of tests. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Reads the line that `ClosingLineReporter` prints. @returns undefined for every other line */
export function readClosingLine(line: string): Counts | undefined {
  const found = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(line);
  if (!found) return undefined;
  const [passed, failed, skipped] = found.slice(1).map(Number) as [number, number, number];
  return { passed, failed, skipped };
}

export const addCounts = (one: Counts, other: Counts): Counts => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
  skipped: one.skipped + other.skipped,
});
