import { setTimeout as delay } from 'node:timers/promises';
import type { WorkloadName } from '../../posture/posture';
import { isAlive, listEntries, type ProcessIdentity, readEnvironment } from '../process-identity';
import { dataDir, type StackFolder } from './home';
import { readRecord, removeRecord } from './record';

/** How long a workload may take to stop by itself, seconds; then it is killed. */
const graceSeconds = 6;

/** A process with the environment that it was started with. */
export interface SeenProcess extends ProcessIdentity {
  readonly environment: Readonly<Record<string, string>>;
}

/** Every process whose environment this user may read, but this one. */
export function listEnvironments(): SeenProcess[] {
  return listEntries().flatMap(({ pid, startTime }) => {
    const environment = pid === process.pid ? undefined : readEnvironment(pid);
    return environment ? [{ pid, startTime, environment }] : [];
  });
}

/**
 * Every process of a workload, children included: what its record names, and whatever carries its environment (a run
 * that was killed between start and record, agents that outlived their orchestrator, one started by hand).
 * @param all the processes to look among; all that there are now unless given
 */
export function findMarked(
  folder: StackFolder,
  workload: WorkloadName,
  all: readonly SeenProcess[] = listEnvironments(),
): ProcessIdentity[] {
  const data = dataDir(folder, workload);
  const found = new Map<number, ProcessIdentity>();
  const record = readRecord(folder, workload);
  if (record && isAlive(record)) found.set(record.pid, record);
  for (const { pid, startTime, environment } of all) {
    if (found.has(pid)) continue;
    if (environment.CUTOVER_WORKLOAD === workload && environment.CUTOVER_WORKLOAD_DATA === data) {
      found.set(pid, { pid, startTime });
    }
  }
  return [...found.values()];
}

/**
 * Ends every process of a workload: SIGTERM, then SIGKILL for what is left. Data and logs stay.
 * @throws Error naming the processes that even SIGKILL did not end
 */
export async function stopWorkload(folder: StackFolder, workload: WorkloadName): Promise<void> {
  const first = readRecord(folder, workload);
  // The recorded process first and alone: an orchestrator ends its agents in order, if it is let.
  if (first && isAlive(first)) await end([first]);
  await end(findMarked(folder, workload));
  removeRecord(folder, workload);
}

async function end(processes: readonly ProcessIdentity[]): Promise<void> {
  for (const target of processes) signal(target, 'SIGTERM');
  const left = await waitFor(processes, graceSeconds);
  for (const target of left) signal(target, 'SIGKILL');
  const stubborn = await waitFor(left, graceSeconds);
  if (stubborn.length > 0) throw new Error(`cannot end ${stubborn.map(({ pid }) => `PID ${pid}`).join(', ')}`);
}

function signal(target: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(target)) return;
  try {
    process.kill(target.pid, name);
  } catch {
    // ended meanwhile
  }
}

async function waitFor(processes: readonly ProcessIdentity[], seconds: number): Promise<ProcessIdentity[]> {
  const deadline = Date.now() + seconds * 1000;
  let left = processes.filter(isAlive);
  while (left.length > 0 && Date.now() < deadline) {
    await delay(20);
    left = left.filter(isAlive);
  }
  return left;
}
