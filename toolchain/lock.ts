import { setTimeout as sleep } from 'node:timers/promises';
import { type KernelLock, takeKernelLock } from '../kernel-lock';

const pollMs = 250;

/**
 * Runs `task` while no other process runs one under the same lock file. The lock is the operating system's: it goes
 * with its process, so one that was killed leaves nothing to clean up or to take over.
 * @param onWait is called about every five seconds with the seconds waited so far
 * @throws the reason of `signal` when it aborts the wait
 */
export async function withLock<T>(
  file: string,
  options: { onWait(seconds: number): void; signal?: AbortSignal | undefined },
  task: () => Promise<T>,
): Promise<T> {
  const lock = await waitForLock(file, options);
  try {
    return await task();
  } finally {
    lock.release();
  }
}

async function waitForLock(
  file: string,
  options: { onWait(seconds: number): void; signal?: AbortSignal | undefined },
): Promise<KernelLock> {
  const started = Date.now();
  let nextReport = 0;
  while (true) {
    const lock = takeKernelLock(file, 0);
    if (lock) return lock;
    const seconds = Math.floor((Date.now() - started) / 1000);
    if (seconds >= nextReport) {
      options.onWait(seconds);
      nextReport = seconds + 5;
    }
    await sleep(pollMs, undefined, { signal: options.signal });
  }
}
