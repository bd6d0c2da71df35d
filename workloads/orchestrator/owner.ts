import path from 'node:path';
import {
  isAlive,
  listEntries,
  type ProcessIdentity,
  readCommand,
  readEntry,
  readEnvironment,
} from '../../platforms/process-identity';
import { readLock, readPidFile } from './lock-file';
import { readRecord } from './record';
import type { Location } from './settings';

/**
 * The live orchestrator that owns a data folder, by the lock file or, where that one is lost or garbled, by any other
 * trace it left: its record of agents, or its PID file confirmed by what `/proc` says of that process.
 * The caller itself is never found.
 */
export function findOwner(location: Location): ProcessIdentity | undefined {
  const lock = readLock(location.dataDir);
  if (lock.kind === 'live' && lock.record.pid !== process.pid) return lock.record;
  const recorded = readRecord(location.dataDir)?.orchestrator;
  if (recorded && recorded.pid !== process.pid && isAlive(recorded)) return recorded;
  const entry = readEntry(readPidFile(location.dataDir) ?? 0);
  return entry && entry.pid !== process.pid && isOrchestrator(entry.pid, location) ? entry : undefined;
}

/** Every process that runs (or starts) as the orchestrator of this data folder, by its environment. */
export function findOrchestrators(location: Location): ProcessIdentity[] {
  return listEntries().filter((entry) => entry.pid !== process.pid && isOrchestrator(entry.pid, location));
}

function isOrchestrator(pid: number, location: Location): boolean {
  const environment = readEnvironment(pid);
  if (environment?.CUTOVER_WORKLOAD !== 'orchestrator' || !isOfStack(environment, location)) return false;
  // Agents inherit the orchestrator's environment; `status` and `stop` are run from the same one.
  const verb = readCommand(pid)?.at(-1);
  return environment.AGENT_NAME === undefined && verb !== 'status' && verb !== 'stop';
}

/** Whether a process with this environment belongs to this stack and data folder. */
export function isOfStack(environment: Record<string, string>, location: Location): boolean {
  return (
    environment.CUTOVER_STACK === location.stack &&
    environment.DATA_DIR !== undefined &&
    path.resolve(environment.DATA_DIR) === location.dataDir
  );
}
