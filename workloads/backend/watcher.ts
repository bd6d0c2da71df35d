import type { Logger } from 'pino';
import { messageOf } from '../../errors';
import { Unanswered } from './http-json';
import type { RiskWatch } from './risk-watch';
import type { Settler } from './settler';

const roundMs = 1_000;

/**
 * Looks at the drawdown and settles pending orders every second, so that a peak or a fall between two orders is not
 * missed. @returns a function that stops it and waits for the round under way
 */
export function startWatcher(
  watch: RiskWatch,
  settler: Settler,
  log: Logger,
  clock: () => number,
): () => Promise<void> {
  let timer: NodeJS.Timeout;
  let answering = true;
  const look = async () => {
    try {
      await watch.observe(clock());
      if (!answering) log.info('the gateway answers again');
      answering = true;
    } catch (error) {
      // Once per outage; a database that fails was logged where it failed.
      if (answering && error instanceof Unanswered)
        log.warn({ reason: messageOf(error) }, 'the gateway does not answer');
      answering = false;
    }
    if (answering) await settler.settleAll();
  };
  let stopped = false;
  let round = Promise.resolve();
  const next = () => {
    timer = setTimeout(() => {
      round = look().finally(() => {
        if (!stopped) next();
      });
    }, roundMs);
  };
  next();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await round;
  };
}
