import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { isAlive } from '../../platforms/process-identity';

const recordSchema = z.object({
  pid: z.int().positive(),
  startTime: z.string().min(1),
  owner: z.string(),
  acquiredAt: z.iso.datetime(),
});

/** Who trades on this data folder. `owner` is the stack; PID and start time name the process. */
export type LockRecord = z.output<typeof recordSchema>;

export type LockState =
  | { readonly kind: 'free' }
  | { readonly kind: 'live' | 'stale'; readonly record: LockRecord }
  | { readonly kind: 'unreadable' };

export const lockFile = (dataDir: string) => path.join(dataDir, 'trading_lock.json');
export const pidFile = (dataDir: string) => path.join(dataDir, 'orchestrator.pid');

/** What the lock file says now. An empty or garbled file is `unreadable`, never free. */
export function readLock(dataDir: string): LockState {
  let text: string;
  try {
    text = readFileSync(lockFile(dataDir), 'utf8');
  } catch (error) {
    return { kind: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'free' : 'unreadable' };
  }
  const record = parseRecord(text);
  if (!record) return { kind: 'unreadable' };
  return { kind: isAlive(record) ? 'live' : 'stale', record };
}

/** The PID in `orchestrator.pid`, for which nothing vouches; undefined where there is none. */
export function readPidFile(dataDir: string): number | undefined {
  try {
    const text = readFileSync(pidFile(dataDir), 'utf8').trim();
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Removes lock and PID file. Only for who holds the guard. */
export function removeLock(dataDir: string): void {
  rmSync(lockFile(dataDir), { force: true });
  rmSync(pidFile(dataDir), { force: true });
}

function parseRecord(text: string): LockRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
