import { isAlive } from '../../platforms/process-identity';
import { type Duplicate, findDuplicates } from './duplicates';
import { readLock } from './lock-file';
import { findOwner } from './owner';
import { type AgentRecord, readRecord } from './record';
import type { Location } from './settings';

/** What `/health` and `status` both answer. */
export interface Status {
  readonly ok: boolean;
  readonly reason?: string;
  readonly pid: number | null;
  readonly agents: readonly Pick<AgentRecord, 'name' | 'pid' | 'state' | 'restarts' | 'startedAt'>[];
  readonly lock: { readonly pid: number; readonly startedAt: string } | null;
  readonly duplicates: readonly Duplicate[];
  readonly slice: string | null;
  readonly version: string | null;
}

/** What an agent's entry in a status shows. */
export function summarize({ name, pid, state, restarts, startedAt }: AgentRecord): Status['agents'][number] {
  return { name, pid, state, restarts, startedAt };
}

/**
 * The status from disk and `/proc`, with nothing asked of the orchestrator itself; `ok` says that it runs.
 * An agent that is recorded as running but is dead shows as stopped.
 */
export function readStatus(location: Location): Status {
  const owner = findOwner(location);
  const lock = readLock(location.dataDir);
  const record = readRecord(location.dataDir);
  const agents = (record?.agents ?? []).map((agent): AgentRecord => {
    if (agent.pid !== null && isAlive({ pid: agent.pid, startTime: agent.startTime ?? '' })) return agent;
    const state = owner && agent.state === 'backoff' ? 'backoff' : 'stopped';
    return { ...agent, pid: null, startTime: null, state };
  });
  return {
    ok: owner !== undefined,
    ...(owner ? {} : { reason: describeLock(lock.kind) }),
    pid: owner?.pid ?? null,
    agents: agents.map(summarize),
    lock: 'record' in lock ? { pid: lock.record.pid, startedAt: lock.record.acquiredAt } : null,
    duplicates: findDuplicates(location, record?.agents ?? [], owner?.pid),
    slice: record?.slice ?? null,
    version: record?.version ?? null,
  };
}

function describeLock(kind: ReturnType<typeof readLock>['kind']): string {
  if (kind === 'stale') return 'no orchestrator runs; the owner of its lock is dead';
  if (kind === 'unreadable') return 'no orchestrator runs; its lock file cannot be read';
  return 'no orchestrator runs';
}
