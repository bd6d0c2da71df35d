import { createOperations } from '../../platforms/operations';
import type { Operations, Replica } from '../../platforms/platform';
import { askHealth } from '../../platforms/process/health';
import type { Project } from './project';

/** A workload as the platform sees it, with what it says of itself beside. */
export interface WorkloadStatus {
  readonly workload: string;
  readonly state: Replica['state'];
  readonly ok: boolean;
  readonly pid?: number;
  readonly address?: string;
  readonly problem?: string;
  readonly health?: Record<string, unknown>;
}

/** Looks at every workload of a stack: platform first, its own word second. `others` is what else is there, as sentences. */
export async function inspectStack(project: Project): Promise<{ workloads: WorkloadStatus[]; others: string[] }> {
  const operations = createOperations(project);
  const { replicas, duplicates, waiting = [] } = await operations.observe();
  return {
    workloads: await Promise.all(replicas.map((replica) => inspectWorkload(operations, replica))),
    others: [...duplicates.map(({ workload, name }) => `${name} runs ${workload} a second time`), ...waiting],
  };
}

async function inspectWorkload(operations: Operations, replica: Replica): Promise<WorkloadStatus> {
  const address = await operations.addressOf(replica.workload);
  const answer = replica.state === 'running' && address ? await askHealth(address) : undefined;
  const ok = answer?.status === 200 && answer.body.ok === true;
  const problem = replica.reason ?? (ok ? undefined : describeAnswer(answer));
  return {
    workload: replica.workload,
    state: replica.state,
    ok,
    ...(replica.pid ? { pid: replica.pid } : {}),
    ...(address ? { address } : {}),
    ...(problem ? { problem } : {}),
    ...(answer ? { health: answer.body } : {}),
  };
}

function describeAnswer(answer: { status: number; body: Record<string, unknown> } | undefined): string {
  if (!answer) return 'it does not answer';
  return String(answer.body.reason ?? answer.body.message ?? `it answers ${answer.status}`);
}
