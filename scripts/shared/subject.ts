import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Answer, Subject } from '../../evidence/checks/check';
import { createOperations } from '../../platforms/operations';
import type { Operations } from '../../platforms/platform';
import { type Posture, type WorkloadName, workloadNames } from '../../posture/posture';
import type { Project } from './project';

const answerMs = 5_000;

/** A stack as the preflight's checks see it. @throws CutoverError `data_unreachable` */
export async function createSubject(project: Project, running: Posture, target: Posture): Promise<Subject> {
  const operations = createOperations(project);
  await fetchAllData(operations);
  const ask = async (workload: WorkloadName, route: string, init: RequestInit = {}): Promise<Answer> => {
    const address = await operations.addressOf(workload);
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
      return { replicas, strays: duplicates.map(({ workload, name }) => `${name} runs ${workload} a second time`) };
    },
    readObservedPosture: () => observePosture(operations),
    runOrchestratorStatus: () =>
      operations.runBeside('orchestrator', (own) => [...(own.at(-1) === 'run' ? own.slice(0, -1) : own), 'status']),
    databases: listDatabases(operations),
  };
}

/** The posture that the platform sees running. @throws Error that says why it cannot be told */
export async function observePosture(operations: Pick<Operations, 'observePosture'>): Promise<Posture> {
  const { posture, reason } = await operations.observePosture();
  if (!posture) throw new Error(reason ?? 'what runs cannot be looked into');
  return posture;
}

/** Brings the copy of every workload's data up to date. @throws CutoverError `data_unreachable` */
export async function fetchAllData(operations: Pick<Operations, 'fetchData'>): Promise<void> {
  await Promise.all(workloadNames.map((workload) => operations.fetchData(workload)));
}

/** The same for every log. @throws as above */
export async function fetchAllLogs(operations: Pick<Operations, 'fetchLogs'>): Promise<void> {
  await Promise.all(workloadNames.map((workload) => operations.fetchLogs(workload)));
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
