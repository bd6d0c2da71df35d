import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 250;
const sqliteBusy = 5;

/**
 * Runs `task` while no other process runs one under the same lock file. The lock is SQLite's, which is the operating
 * system's: it goes with its process, so one that was killed leaves nothing to clean up or to take over.
 * @param onWait is called about every five seconds with the seconds waited so far
 * @throws the reason of `signal` when it aborts the wait
 */
export async function withLock<T>(
  file: string,
  options: { onWait(seconds: number): void; signal?: AbortSignal | undefined },
  task: () => Promise<T>,
): Promise<T> {
  mkdirSync(path.dirname(file), { recursive: true });
  const database = new DatabaseSync(file);
  try {
    const started = Date.now();
    let nextReport = 0;
    while (!tryBegin(database)) {
      const seconds = Math.floor((Date.now() - started) / 1000);
      if (seconds >= nextReport) {
        options.onWait(seconds);
        nextReport = seconds + 5;
      }
      await sleep(pollMs, undefined, { signal: options.signal });
    }
    return await task();
  } finally {
    database.close();
  }
}

function tryBegin(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === sqliteBusy) return false;
    throw error;
  }
}
