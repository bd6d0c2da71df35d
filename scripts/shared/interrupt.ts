import { setTimeout as delay } from 'node:timers/promises';
import { CutoverError, exitCodes } from '../../errors';

/** What a verb hears of an operator who wants it to end. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** From here on a signal ends the process as usual. */
  release(): void;
}

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Listens for Ctrl-C and its like while something must not be left half done: the process goes on, and ends what it
 * has begun. @param told is called once, at the first signal
 */
export function listenForInterrupt(told: () => void): Interrupt {
  const controller = new AbortController();
  const listener = () => {
    if (!controller.signal.aborted) told();
    controller.abort();
  };
  for (const name of names) process.on(name, listener);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of names) process.off(name, listener);
    },
  };
}

/** Waits. @param ms milliseconds @throws CutoverError `interrupted` (exit code 4) at once when the signal says so */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch {
    throw interrupted();
  }
}

export function interrupted(): CutoverError {
  return new CutoverError('interrupted', 'interrupted', { exitCode: exitCodes.checkFailed });
}
