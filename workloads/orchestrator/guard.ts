import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Held until `leave` is called or the process ends, however it ends. */
export interface Guard {
  leave(): void;
}

export const guardFile = (dataDir: string) => path.join(dataDir, 'trading_lock.guard');

const sqliteBusy = 5;

/**
 * Takes the kernel's lock on the data folder's guard file. A lock file alone cannot be taken over safely: two starters
 * that both find it stale can each remove the other's fresh one. The kernel's lock has one holder, outlives a SIGSTOP
 * and is gone with its process, also after SIGKILL. Node.js offers it through SQLite only; nothing is ever stored.
 * @param waitMs how long to wait for another holder, milliseconds; the thread is blocked meanwhile
 * @returns undefined while another process holds it
 * @throws Error when the guard file cannot be used at all
 */
export function enterGuard(dataDir: string, waitMs: number): Guard | undefined {
  mkdirSync(dataDir, { recursive: true });
  const file = guardFile(dataDir);
  const database = new DatabaseSync(file, { timeout: waitMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === sqliteBusy) return undefined;
    throw new Error(`expected ${file} to be an empty file that can be locked; stop the stack and remove it`, {
      cause: error,
    });
  }
  return { leave: () => database.close() };
}
