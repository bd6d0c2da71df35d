import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Held until `release` is called or the process ends, however it ends. */
export interface KernelLock {
  release(): void;
}

const sqliteBusy = 5;

/**
 * Takes the kernel's lock on a file. It has one holder among all processes of a machine, outlives a SIGSTOP and is gone
 * with its process, also after SIGKILL: there is nothing to clean up and nothing to take over. Node.js offers it
 * through SQLite only; nothing is ever stored.
 * @param waitMs how long to wait for another holder, milliseconds; the thread is blocked meanwhile
 * @returns undefined while somebody else holds it
 * @throws Error when the file cannot be used at all
 */
export function takeKernelLock(file: string, waitMs: number): KernelLock | undefined {
  mkdirSync(path.dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: waitMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === sqliteBusy) return undefined;
    throw new Error(`expected ${file} to be an empty file that can be locked; stop what uses it and remove it`, {
      cause: error,
    });
  }
  return { release: () => database.close() };
}
