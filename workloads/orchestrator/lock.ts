import { writeAtomically } from '../../platforms/process/atomic-file';
import { ownIdentity, type ProcessIdentity } from '../../platforms/process-identity';
import { enterGuard } from './guard';
import { type LockRecord, lockFile, pidFile, readLock, removeLock } from './lock-file';
import { findOwner } from './owner';
import type { Location } from './settings';

export interface HeldLock {
  readonly record: LockRecord;
  /** Gives the lock back; the lock file goes first, so that nobody finds a file without its holder. */
  release(): void;
}

/** Another orchestrator owns this data folder, or is just taking it. */
export class LockHeldError extends Error {
  readonly holder: ProcessIdentity | undefined;

  constructor(dataDir: string, holder: ProcessIdentity | undefined) {
    super(`${holder ? `PID ${holder.pid}` : 'another process'} holds the trading lock of ${dataDir}`);
    this.name = 'LockHeldError';
    this.holder = holder;
  }
}

// Many times what a starter needs inside the guard.
const guardWaitMs = 500;

/**
 * Takes the singleton lock of a data folder and keeps it until `release` or the end of the process.
 * A lock file whose owner is dead is replaced; one that cannot be read counts as stale only when no live orchestrator
 * of this data folder is found by any other trace.
 * @throws LockHeldError when another orchestrator owns it
 */
export function acquireLock(location: Location, now: Date): HeldLock {
  const { dataDir, stack } = location;
  const seen = findOwner(location);
  if (seen) throw new LockHeldError(dataDir, seen);
  const guard = enterGuard(dataDir, guardWaitMs);
  if (!guard) throw new LockHeldError(dataDir, findOwner(location));
  try {
    // The guard says that no live orchestrator holds it, but it may have been removed or lie on a file system without
    // locks: every other trace of an owner still counts.
    const owner = findOwner(location);
    if (owner) throw new LockHeldError(dataDir, owner);
    const record = { ...ownIdentity(), owner: stack, acquiredAt: now.toISOString() };
    writeAtomically(lockFile(dataDir), `${JSON.stringify(record)}\n`);
    writeAtomically(pidFile(dataDir), `${record.pid}\n`);
    return {
      record,
      release: () => {
        const state = readLock(dataDir);
        if ('record' in state && isSame(state.record, record)) removeLock(dataDir);
        guard.release();
      },
    };
  } catch (error) {
    guard.release();
    throw error;
  }
}

/**
 * Removes a lock file that no live orchestrator owns.
 * @returns `none` when there was no lock file, `cleaned` when one was removed, `held` when it must stay
 */
export function cleanStaleLock(location: Location): 'none' | 'cleaned' | 'held' {
  const guard = enterGuard(location.dataDir, guardWaitMs);
  if (!guard) return 'held';
  try {
    // Judged only inside the guard: outside it, a starter could take over the lock between look and removal.
    if (findOwner(location)) return 'held';
    const state = readLock(location.dataDir);
    removeLock(location.dataDir);
    return state.kind === 'free' ? 'none' : 'cleaned';
  } finally {
    guard.release();
  }
}

const isSame = (a: ProcessIdentity, b: ProcessIdentity) => a.pid === b.pid && a.startTime === b.startTime;
