import type { ProcessIdentity } from '../../platforms/process-identity';
import { lastLogLine } from './agent-process';
import { findDuplicates } from './duplicates';
import { type LockRecord, readLock } from './lock-file';
import type { Settings } from './settings';
import { type Status, summarize } from './status';
import type { Supervisor } from './supervisor';

/** What `/health` answers. Not ok while an agent crash-loops, or while the lock file names somebody else. */
export function describeHealth(settings: Settings, lock: LockRecord, supervisor: Supervisor, version: string): Status {
  const agents = supervisor.statuses();
  const failures = agents
    .filter((agent) => agent.crashLooping)
    .map(({ name }) => `agent ${name} keeps ending; its last log line: ${lastLogLine(settings.logDir, name)}`);
  if (!isHeld(settings.dataDir, lock)) failures.push('the trading lock does not name this orchestrator any more');
  return {
    ok: failures.length === 0,
    ...(failures.length > 0 ? { reason: failures.join('; ') } : {}),
    pid: lock.pid,
    agents: agents.map(summarize),
    lock: { pid: lock.pid, startedAt: lock.acquiredAt },
    duplicates: findDuplicates(settings, agents, lock.pid),
    slice: settings.slice,
    version,
  };
}

function isHeld(dataDir: string, own: ProcessIdentity): boolean {
  const state = readLock(dataDir);
  return state.kind === 'live' && state.record.pid === own.pid && state.record.startTime === own.startTime;
}
