import { execa } from 'execa';
import type { WorkloadName } from '../../posture/posture';
import type { CommandResult, StackPlace } from '../platform';
import { isAlive, readCommand, readEnvironment } from '../process-identity';
import { readRecord } from './record';

/** How long a program that runs beside a workload may take, milliseconds. */
const answerMs = 5_000;

/**
 * Runs a workload's own program beside it, in the environment of the one that runs.
 * @param args the arguments, from those that the running one was started with
 * @throws Error when the workload does not run, or cannot be looked into
 */
export async function runBeside(
  place: StackPlace,
  workload: WorkloadName,
  args: (own: readonly string[]) => readonly string[],
): Promise<CommandResult> {
  const record = readRecord(place, workload);
  const pid = record && isAlive(record) ? record.pid : undefined;
  const [program, ...words] = (pid === undefined ? undefined : readCommand(pid)) ?? [];
  const environment = pid === undefined ? undefined : readEnvironment(pid);
  if (!program || !environment) throw new Error(`no ${workload} runs`);
  // Its mark would make the question look like a second one to whoever observes.
  const { CUTOVER_WORKLOAD: _, ...env } = environment;
  const { exitCode, stdout } = await execa(program, [...args(words)], {
    cwd: place.projectDir,
    env,
    extendEnv: false,
    reject: false,
    timeout: answerMs,
  });
  return { exitCode: exitCode ?? -1, stdout };
}
