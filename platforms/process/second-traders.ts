import path from 'node:path';
import type { Posture } from '../../posture/posture';
import type { Replica, Stray } from '../platform';
import { descendantsOf, listEntries, readCommand, readEnvironment } from '../process-identity';

/**
 * Processes that run an agent's script against this stack's backend and do not descend from its orchestrator: a second
 * trader, however it was started. The script's folder does not matter: a copy trades just as well.
 * @param backend the backend's address
 */
export function findSecondTraders(posture: Posture, replicas: readonly Replica[], backend: string): Stray[] {
  const orchestrator = replicas.find(({ workload }) => workload === 'orchestrator')?.pid;
  const all = listEntries();
  const own = new Set(orchestrator === undefined ? [] : descendantsOf(orchestrator, all).map(({ pid }) => pid));
  const workloads = new Set(replicas.map(({ pid }) => pid));
  return all.flatMap(({ pid }) => {
    if (own.has(pid) || workloads.has(pid)) return [];
    const environment = readEnvironment(pid);
    if (environment?.BACKEND_URL?.replace(/\/+$/, '') !== backend) return [];
    const command = readCommand(pid) ?? [];
    const agent = posture.agents.find((one) => runsScriptOf(one.command, command))?.name ?? environment.AGENT_NAME;
    return agent === undefined ? [] : [{ workload: agent, name: `PID ${pid}`, arguments: command }];
  });
}

/** Whether a command line runs the script of an agent's command: its last word that is no option. */
function runsScriptOf(agent: readonly string[], command: readonly string[]): boolean {
  const script = path.basename(agent.findLast((word) => !word.startsWith('-')) ?? '');
  return script !== '' && command.some((word) => path.basename(word) === script);
}
