/** How long an agent must have run for its earlier failures to be forgotten, seconds. */
export const healthySeconds = 60;

/** From this many failures in a row an agent counts as crash-looping. */
export const crashLoopFailures = 3;

const firstDelaySeconds = 1;
const longestDelaySeconds = 60;

/**
 * What follows the end of an agent.
 * @param failures ends in a row before this one
 * @param ranSeconds how long it ran this time
 * @returns ends in a row, this one included, and the seconds to wait before the next start: 1, 2, 4, ... 60
 */
export function afterEnd(failures: number, ranSeconds: number): { failures: number; delaySeconds: number } {
  const inARow = ranSeconds >= healthySeconds ? 1 : failures + 1;
  return { failures: inARow, delaySeconds: Math.min(longestDelaySeconds, firstDelaySeconds * 2 ** (inARow - 1)) };
}

/** Whether an agent that has failed this often in a row, and now runs for so many seconds (undefined: does not), crash-loops. */
export function isCrashLooping(failures: number, runsSeconds: number | undefined): boolean {
  return failures >= crashLoopFailures && !(runsSeconds !== undefined && runsSeconds >= healthySeconds);
}
