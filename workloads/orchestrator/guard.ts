import path from 'node:path';
import { type KernelLock, takeKernelLock } from '../../kernel-lock';

export const guardFile = (dataDir: string) => path.join(dataDir, 'trading_lock.guard');

/**
 * Takes the kernel's lock on the data folder's guard file. A lock file alone cannot be taken over safely: two starters
 * that both find it stale can each remove the other's fresh one.
 * @param waitMs how long to wait for another holder, milliseconds; the thread is blocked meanwhile
 * @returns undefined while another process holds it
 * @throws Error when the guard file cannot be used at all
 */
export function enterGuard(dataDir: string, waitMs: number): KernelLock | undefined {
  return takeKernelLock(guardFile(dataDir), waitMs);
}
