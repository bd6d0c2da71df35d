import { digestFile, digestOf } from '../../posture/digest';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import type { Observer, Replica, Stray } from '../platform';
import { isAlive, readCommand, readEnvironment, readExecutable } from '../process-identity';
import { askHealth } from './health';
import type { StackFolder } from './home';
import { findListener, type ListeningSocket, listListening } from './ports';
import { type ProcessRecord, readRecord } from './record';
import { findMarked, listEnvironments, type SeenProcess } from './stop';

/**
 * The state of one recorded process: alive by PID and start time, the listener on its port, and answering at all.
 * A workload that answers "not ok" runs; what it waits for may be another workload.
 * @param listening what `listListening` gave, where more than one process is looked at
 */
export async function inspectProcess(
  record: ProcessRecord | undefined,
  host: string,
  listening?: readonly ListeningSocket[],
): Promise<Pick<Replica, 'state' | 'reason'>> {
  if (!record) return { state: 'stopped', reason: 'it is not started' };
  const listener = findListener(record.port, host, record.pid, listening);
  if (!isAlive(record)) {
    return listener === undefined
      ? { state: 'stopped', reason: `PID ${record.pid} has ended` }
      : { state: 'replaced', reason: `PID ${record.pid} has ended and PID ${listener} listens on port ${record.port}` };
  }
  if (listener !== undefined && listener !== record.pid) {
    return { state: 'replaced', reason: `PID ${listener} listens on port ${record.port} instead of PID ${record.pid}` };
  }
  const answer = await askHealth(`http://${host}:${record.port}`);
  return answer ? { state: 'running' } : { state: 'unresponsive', reason: `PID ${record.pid} does not answer` };
}

/** Looks at the processes of a stack through `/proc`. */
export function createProcessObserver(folder: StackFolder, host: string): Observer {
  return {
    async observe() {
      // Once for all: a look is taken every second.
      const listening = listListening();
      const replicas = await Promise.all(
        workloadNames.map((workload) => observeWorkload(folder, workload, host, listening)),
      );
      const all = listEnvironments();
      return { replicas, duplicates: workloadNames.flatMap((workload) => findDuplicates(folder, workload, all)) };
    },
  };
}

async function observeWorkload(
  folder: StackFolder,
  workload: WorkloadName,
  host: string,
  listening: readonly ListeningSocket[],
): Promise<Replica> {
  const record = readRecord(folder, workload);
  const state = await inspectProcess(record, host, listening);
  if (!record || !isAlive(record)) return { workload, ...state };
  const command = readCommand(record.pid) ?? [];
  const environment = readEnvironment(record.pid);
  const executable = readExecutable(record.pid);
  const source = sourceOf(command);
  return {
    workload,
    ...state,
    pid: record.pid,
    startTime: record.startTime,
    startedAt: record.startedAt,
    arguments: command,
    ...(executable ? { executable } : {}),
    ...(source ? { sourceDigest: source } : {}),
    ...(environment ? { environmentDigest: digestOf(environment) } : {}),
  };
}

/** The digest of the script that a process runs: the first argument that is a file, else its program. */
function sourceOf(command: readonly string[]) {
  for (const word of [...command.slice(1), ...command.slice(0, 1)]) {
    try {
      return digestFile(word);
    } catch {
      // not a file
    }
  }
  return undefined;
}

/** Processes that run a workload's own command for this stack beside the recorded one. */
function findDuplicates(folder: StackFolder, workload: WorkloadName, all: readonly SeenProcess[]): Stray[] {
  const record = readRecord(folder, workload);
  return findMarked(folder, workload, all)
    .filter(({ pid }) => pid !== record?.pid)
    .map(({ pid }) => ({ workload, name: `PID ${pid}`, arguments: readCommand(pid) ?? [] }))
    .filter((stray) => record === undefined || stray.arguments.join('\0') === record.command.join('\0'));
}
