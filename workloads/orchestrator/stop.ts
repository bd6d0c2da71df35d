import { isAlive, listEntries, type ProcessIdentity, readEnvironment } from '../../platforms/process-identity';
import { cleanStaleLock } from './lock';
import { findOrchestrators, findOwner, isOfStack } from './owner';
import { endTrees, killAll, signalAll, treesOf, waitForEnd } from './process-tree';
import { readRecord } from './record';
import type { Location } from './settings';

/** How long the orchestrator has to end after SIGTERM, milliseconds; its agents get 3 s of it. */
const graceMs = 5_000;
const agentGraceMs = 3_000;

export interface StopResult {
  /** Nothing of this orchestrator runs any more. */
  readonly stopped: boolean;
  /** PIDs that were asked to end, and those that had to be killed. */
  readonly asked: readonly number[];
  readonly killed: readonly number[];
  readonly remaining: readonly number[];
  readonly lock: 'none' | 'cleaned' | 'held';
}

/**
 * The agents of a data folder that still live: those that its record names, and those whose orchestrator was killed
 * before it could record them. These have its environment, and its process group, which nobody leads any more.
 */
export function liveAgents(location: Location): ProcessIdentity[] {
  const recorded = (readRecord(location.dataDir)?.agents ?? []).flatMap(({ pid, startTime }) =>
    pid !== null && startTime !== null && isAlive({ pid, startTime }) ? [{ pid, startTime }] : [],
  );
  const all = listEntries();
  const living = new Set(all.map(({ pid }) => pid));
  const orphaned = all.filter(({ pid, group }) => !living.has(group) && isAgent(pid, location));
  return uniqueByPid([...recorded, ...orphaned]);
}

function isAgent(pid: number, location: Location): boolean {
  const environment = readEnvironment(pid);
  return environment?.AGENT_NAME !== undefined && isOfStack(environment, location);
}

/**
 * Ends the orchestrator of a data folder, its agents and what they started, then cleans its lock. Works on a stopped
 * or hanging orchestrator, on one whose lock file is lost, and on agents that outlived theirs.
 */
export async function stopOrchestrator(location: Location): Promise<StopResult> {
  const owner = findOwner(location);
  const targets = uniqueByPid([...(owner ? [owner] : []), ...findOrchestrators(location)]);
  // Named before the end: afterwards nobody could tell whose children they were.
  const all = uniqueByPid([...treesOf([...targets, ...liveAgents(location)]), ...groupsOf(targets)]);
  signalAll(targets, 'SIGTERM');
  const hanging = await waitForEnd(targets, graceMs);
  const killed = treesOf(hanging).concat(hanging.length > 0 ? all.filter(isAlive) : []);
  await killAll(killed);
  // Agents that outlived the orchestrator, whether it ended now or long ago.
  const outlived = uniqueByPid([...all, ...liveAgents(location)]).filter(isAlive);
  const left = await endTrees(outlived, agentGraceMs);
  const lock = cleanStaleLock(location);
  return {
    stopped: left.length === 0 && lock !== 'held',
    asked: uniqueByPid([...targets, ...outlived]).map(({ pid }) => pid),
    killed: uniqueByPid(killed).map(({ pid }) => pid),
    remaining: left.map(({ pid }) => pid),
    lock,
  };
}

/** The process groups that these lead; one that leads none shares its starter's group, which is not ours to end. */
function groupsOf(leaders: readonly ProcessIdentity[]): ProcessIdentity[] {
  const pids = new Set(leaders.map(({ pid }) => pid));
  return listEntries().filter((entry) => pids.has(entry.group) && entry.pid !== process.pid);
}

function uniqueByPid(processes: readonly ProcessIdentity[]): ProcessIdentity[] {
  return [...new Map(processes.map(({ pid, startTime }) => [pid, { pid, startTime }])).values()];
}
