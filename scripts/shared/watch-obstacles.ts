import { setTimeout as delay } from 'node:timers/promises';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import type { Obstacle, Operations, PlatformView, WorkloadSpec } from '../../platforms/platform';
import { isAway } from './is-away';

/** How often to look, and for how long a platform may leave every look unanswered, milliseconds. */
const pace = { lookMs: 2_000, silenceMs: 30_000 };

/** Which obstacles stand for how long. A pure state machine that is handed the clock. */
export class ObstacleLog {
  private since = new Map<string, number>();

  /**
   * Takes a look down.
   * @param now milliseconds on any clock
   * @returns what was not there at the last look, and what has stood longer than there is patience for
   */
  note(found: readonly Obstacle[], now: number): { fresh: Obstacle[]; final: Obstacle[] } {
    const before = this.since;
    this.since = new Map(found.map((one) => [keyOf(one), before.get(keyOf(one)) ?? now]));
    return {
      fresh: found.filter((one) => !before.has(keyOf(one))),
      final: found.filter((one) => one.patience !== null && now - this.since.get(keyOf(one))! >= one.patience * 1000),
    };
  }
}

/** The same obstacle may be told in other words at every look. */
const keyOf = ({ workload, code }: Obstacle): string => `${workload} ${code}`;

/**
 * Looks, while the engine waits for workloads, for what keeps them from coming up, and tells that. What waiting does not
 * mend ends the run: the engine is let finish what it has begun. So does a platform that has gone away, for which the
 * engine's plugins wait as long as for a workload.
 * @returns what the run came to
 * @throws CutoverError with the obstacle's code (exit code 5) where the run was ended for it
 */
export async function watchObstacles<T extends { readonly exitCode: number }>(
  operations: Pick<Operations, 'findObstacles' | 'retryStarts'>,
  specs: readonly WorkloadSpec[],
  view: PlatformView,
  progress: (message: string) => void,
  run: (signal: AbortSignal) => Promise<T>,
  { lookMs, silenceMs } = pace,
): Promise<T> {
  const [ended, giveUp] = [new AbortController(), new AbortController()];
  const log = new ObstacleLog();
  let final: Obstacle[] = [];
  let answeredAt = performance.now();
  const look = async () => {
    const seen = log.note(await operations.findObstacles(specs, view), performance.now());
    answeredAt = performance.now();
    for (const { sentence } of seen.fresh) progress(`  ${sentence}`);
    final = seen.final;
    if (final.length > 0) giveUp.abort();
  };
  const noteSilence = (error: unknown) => {
    // What lets nobody look is there.
    if (!isAway(error)) answeredAt = performance.now();
    if (performance.now() - answeredAt < silenceMs) return;
    progress(`  no answer for ${silenceMs / 1000} s: ${messageOf(error)}`);
    giveUp.abort();
  };
  const watch = async () => {
    await operations.retryStarts().catch((error) => progress(messageOf(error)));
    while (!ended.signal.aborted && !giveUp.signal.aborted) {
      await look().catch(noteSilence);
      await delay(lookMs, undefined, { signal: ended.signal }).catch(() => {});
    }
  };
  const watching = watch();
  const result = await run(giveUp.signal).finally(async () => {
    ended.abort();
    await watching;
  });
  const [first] = final;
  if (!first || result.exitCode === 0) return result;
  throw new CutoverError(
    first.code,
    'the stack does not come up: the next cutover up goes on from where this one ended',
    {
      exitCode: exitCodes.missing,
      details: [...new Set(final.map(({ sentence }) => sentence))],
    },
  );
}
