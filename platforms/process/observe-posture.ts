import { realpathSync } from 'node:fs';
import { messageOf } from '../../errors';
import { type Digest, digestOf } from '../../posture/digest';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { type RealWorkload, readPosture } from '../../posture/read-posture';
import { statFile } from '../../project-files';
import type { Observer, PostureSighting, Replica, StackPlace } from '../platform';
import { isAlive, readCommand, readEnvironment, readWorkingFolder } from '../process-identity';
import { processHost } from './host';
import { readRecord } from './record';
import { findSecondTraders } from './second-traders';
import { digestCommand, fileOfProgram } from './source';

/** What one process was really started with, and the folder that it runs in. */
interface RealProcess extends RealWorkload {
  readonly cwd: string;
}

/**
 * The posture that the processes of a stack carry out, read from the kernel: command line, environment, and the files
 * that they name. The environments are read, made into digests and forgotten.
 */
export async function observePosture(place: StackPlace, observer: Observer): Promise<PostureSighting> {
  const { replicas, duplicates } = await observer.observe();
  try {
    const posture = readFrom(place, replicas);
    const backend = readRecord(place, 'backend');
    const second = backend ? findSecondTraders(posture, replicas, `http://${processHost}:${backend.port}`) : [];
    const known = new Set(duplicates.map(({ name }) => name));
    return { replicas, duplicates: [...duplicates, ...second.filter(({ name }) => !known.has(name))], posture };
  } catch (error) {
    return { replicas, duplicates, posture: null, reason: messageOf(error) };
  }
}

function readFrom(place: StackPlace, replicas: readonly Replica[]) {
  const real = new Map(replicas.map((replica) => [replica.workload, readProcess(replica, place.projectDir)]));
  const missing = workloadNames.filter((name) => !real.get(name));
  if (missing.length > 0) throw new Error(`what ${missing.join(', ')} is started with cannot be read`);
  const { cwd, environment } = real.get('orchestrator')!;
  const digestOfFiles = (words: readonly string[]) => digestCommand(words, cwd, environment.PATH);
  return readPosture(place.stack, Object.fromEntries(real) as Record<WorkloadName, RealProcess>, digestOfFiles);
}

function readProcess({ pid, startTime }: Replica, projectDir: string): RealProcess | undefined {
  if (pid === undefined || startTime === undefined) return undefined;
  const command = readCommand(pid);
  const environment = readEnvironment(pid);
  const cwd = readWorkingFolder(pid);
  if (!command || !environment || cwd === undefined) return undefined;
  const source = digestReal(pid, command, environment, cwd, projectDir);
  // Asked last: all of the above was then of this very process.
  return isAlive({ pid, startTime }) ? { command, environment, source, cwd } : undefined;
}

/**
 * The digest of a process's code as its command line tells it, if what the kernel runs is the program that the command
 * line names, in the project's folder; else one that no declaration has: a command line is what its starter wrote.
 */
function digestReal(
  pid: number,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd: string,
  projectDir: string,
): Digest {
  const told = digestCommand(command, cwd, environment.PATH);
  const running = statFile(`/proc/${pid}/exe`);
  const named = fileOfProgram(command[0] ?? '', cwd, environment.PATH);
  const file = named === undefined ? undefined : statFile(named);
  const same = running !== undefined && file?.ino === running.ino && file.dev === running.dev;
  if (same && cwd === realpathSync(projectDir)) return told;
  return digestOf({ told, runs: running ? `${running.dev}:${running.ino}` : null, cwd });
}
