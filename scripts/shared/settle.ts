import { setTimeout as delay } from 'node:timers/promises';
import { exitCodes, messageOf } from '../../errors';
import type { Operations } from '../../platforms/platform';
import type { EngineOutcome } from './engine-run';
import { isAway } from './is-away';

const lookMs = 500;
/** As long as the engine's own plugin waits for a workload, milliseconds. */
const patienceMs = 10 * 60_000;

/**
 * Waits until every workload is what was declared, where the platform is still at it when the engine has ended well: what
 * `up` says is up answers then.
 * @param signal ends the wait: somebody has found out why it would be in vain
 * @param now milliseconds on any clock
 * @returns the outcome; as a failed one where the wait was ended or was too long
 */
export async function settle(
  operations: Pick<Operations, 'findUnsettled'>,
  outcome: EngineOutcome,
  progress: (message: string) => void,
  signal: AbortSignal,
  now: () => number = () => performance.now(),
): Promise<EngineOutcome> {
  if (outcome.exitCode !== 0) return outcome;
  const started = now();
  let told = '';
  for (;;) {
    // A platform that is away for a moment is asked again; for how long is for whoever holds the signal to say.
    const names = await operations.findUnsettled().then(
      (unsettled) => unsettled.join(', '),
      // Who may not look has the engine's word.
      (error) => (isAway(error) ? `every workload (${messageOf(error)})` : ''),
    );
    if (names === '') return outcome;
    if (signal.aborted || now() - started > patienceMs) {
      const error = `${names}: expected to be what was declared within ${patienceMs / 1000} s, still on the way`;
      return { ...outcome, exitCode: exitCodes.unexpected, errors: [...outcome.errors, error] };
    }
    if (names !== told) progress(`  on the way: ${names}`);
    told = names;
    await delay(lookMs, undefined, { signal }).catch(() => {});
  }
}
