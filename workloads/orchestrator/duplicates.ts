import path from 'node:path';
import { descendantsOf, listEntries, readCommand, readEnvironment } from '../../platforms/process-identity';
import { isOfStack } from './owner';
import type { Location } from './settings';

/** A process outside the orchestrator that runs an agent's script for the same stack. */
export interface Duplicate {
  readonly pid: number;
  readonly startTime: string;
  readonly agent: string;
  readonly command: readonly string[];
}

/** The word of a command that names what is run: its last one that is no option. */
export function scriptOf(command: readonly string[]): string {
  return command.findLast((word) => !word.startsWith('-')) ?? command[0] ?? '';
}

/** Whether a process's command line runs the script. The folder does not matter: a copy trades just as well. */
export function runsScript(command: readonly string[], script: string): boolean {
  const name = path.basename(script);
  return name !== '' && command.some((word) => path.basename(word) === name);
}

/**
 * Looks for processes of this stack, by their environment, that run one of the agents or were started as an agent and
 * do not descend from the orchestrator.
 * @param agents the agents and what each runs
 * @param orchestrator PID of the live orchestrator; undefined when none runs: every agent is then outside it
 */
export function findDuplicates(
  location: Location,
  agents: readonly { readonly name: string; readonly script: string }[],
  orchestrator: number | undefined,
): Duplicate[] {
  const all = listEntries();
  const own = new Set(orchestrator === undefined ? [] : descendantsOf(orchestrator, all).map((entry) => entry.pid));
  return all.flatMap(({ pid, startTime }) => {
    if (own.has(pid) || pid === orchestrator || pid === process.pid) return [];
    const environment = readEnvironment(pid);
    const command = readCommand(pid);
    if (!environment || !command || !isOfStack(environment, location)) return [];
    const agent = environment.AGENT_NAME ?? agents.find(({ script }) => runsScript(command, script))?.name;
    return agent === undefined ? [] : [{ pid, startTime, agent, command }];
  });
}
