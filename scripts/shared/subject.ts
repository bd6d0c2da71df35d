import { readdirSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import type { Answer, Subject } from '../../evidence/checks/check';
import { createOperations } from '../../platforms/operations';
import type { Operations, Replica } from '../../platforms/platform';
import { digestCommand } from '../../platforms/process/source';
import { readCommand, readEnvironment } from '../../platforms/process-identity';
import { type Posture, type WorkloadName, workloadNames } from '../../posture/posture';
import { type RealWorkload, readPosture } from '../../posture/read-posture';
import type { Project } from './project';

const answerMs = 5_000;

/** A stack of the process platform as the preflight's checks see it. */
export function createSubject(project: Project, running: Posture, target: Posture): Subject {
  const operations = createOperations(project);
  const ask = async (workload: WorkloadName, route: string, init: RequestInit = {}): Promise<Answer> => {
    const address = operations.addressOf(workload);
    if (!address) throw new Error(`${workload} is not started`);
    const response = await fetch(address + route, { ...init, signal: AbortSignal.timeout(answerMs) });
    return { status: response.status, body: Object(await response.json()) };
  };
  return {
    running,
    target,
    workloads: workloadNames,
    get: (workload, route) => ask(workload, route),
    post: (workload, route, body) =>
      ask(workload, route, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    observe: async () => {
      const { replicas, duplicates } = await operations.observe();
      return { replicas, strays: duplicates.map(({ workload, pid }) => `PID ${pid} runs ${workload} a second time`) };
    },
    readObservedPosture: async () => observePosture(project, (await operations.observe()).replicas),
    runOrchestratorStatus: async () => runStatus(project, (await operations.observe()).replicas),
    databases: listDatabases(operations),
  };
}

/** Reads the posture from the command lines and environments of the processes that run. @throws Error */
export function observePosture(project: Project, replicas: readonly Replica[]): Posture {
  const digestOf = (words: readonly string[]) => digestCommand(words, project.projectDir);
  const real = replicas.map(({ workload, pid }): [WorkloadName, RealWorkload] => {
    const command = pid === undefined ? undefined : readCommand(pid);
    const environment = pid === undefined ? undefined : readEnvironment(pid);
    if (!command || !environment) throw new Error(`${workload} does not run, or cannot be looked into`);
    return [workload, { command, environment, source: digestOf(command) }];
  });
  return readPosture(project.stack, Object.fromEntries(real) as Record<WorkloadName, RealWorkload>, digestOf);
}

/** Runs the orchestrator's own `status`, with the command and the environment of the one that runs. */
async function runStatus(project: Project, replicas: readonly Replica[]) {
  const pid = replicas.find(({ workload }) => workload === 'orchestrator')?.pid;
  const [program, ...words] = (pid === undefined ? undefined : readCommand(pid)) ?? [];
  const environment = pid === undefined ? undefined : readEnvironment(pid);
  if (!program || !environment) throw new Error('no orchestrator runs');
  const args = words.at(-1) === 'run' ? words.slice(0, -1) : words;
  // Its mark would make the question look like a second orchestrator to whoever observes.
  const { CUTOVER_WORKLOAD: _, ...env } = environment;
  const { exitCode, stdout } = await execa(program, [...args, 'status'], {
    cwd: project.projectDir,
    env,
    extendEnv: false,
    reject: false,
    timeout: answerMs,
  });
  return { exitCode: exitCode ?? -1, stdout };
}

/** Every SQLite database in the retained data of the workloads. */
export function listDatabases(operations: Pick<Operations, 'dataOf'>): { name: string; file: string }[] {
  return workloadNames.flatMap((workload) => {
    const folder = operations.dataOf(workload);
    return list(folder)
      .filter((name) => name.endsWith('.db'))
      .map((name) => ({ name: `${workload}/${name}`, file: path.join(folder, name) }));
  });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return []; // a workload that keeps nothing
  }
}
