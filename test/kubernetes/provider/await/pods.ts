import type { Live } from '../api';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface Ended {
  readonly reason?: string;
  readonly message?: string;
  readonly exitCode: number;
  readonly finishedAt?: string;
}

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: { readonly waiting?: { reason: string; message?: string }; readonly terminated?: Ended };
  readonly lastState?: { readonly terminated?: Ended };
}

/**
 * What a pod that is not ready says of itself, as the official provider tells it: nothing while it is not scheduled, then
 * its first condition that is not met with what its containers wait for or ended with. Pure.
 */
export function podProblems(pod: Live): string[] {
  const { conditions = [], containerStatuses = [] } = (pod.status ?? {}) as {
    conditions?: Condition[];
    containerStatuses?: ContainerStatus[];
  };
  const find = (type: string) => conditions.find((condition) => condition.type === type);
  if (find('PodScheduled')?.status !== 'True') return [];
  const unmet = ['Initialized', 'Ready'].map(find).find((condition) => condition?.status !== 'True');
  const containers = containerStatuses.filter(({ ready }) => !ready).flatMap(containerProblems);
  if (!unmet || (containers.length === 0 && !unmet.message)) return [];
  const { namespace, name } = pod.metadata;
  const said = unmet.reason && unmet.message ? unmet.message : '';
  return [`[Pod ${namespace}/${name}]: ${said}${containers.join('\n')}`];
}

function containerProblems({ name, state = {}, lastState = {} }: ContainerStatus): string[] {
  const { waiting, terminated } = state;
  const last = lastState.terminated;
  const problems: string[] = [];
  if (waiting && waiting.reason !== 'ContainerCreating') {
    problems.push(`[${waiting.reason}] ${waiting.message ?? ''}`);
  }
  if (terminated?.reason) {
    const ended = `container "${name}" completed with exit code ${terminated.exitCode}`;
    problems.push(terminated.message ? `[${terminated.reason}] ${terminated.message}` : ended);
  }
  if (last) {
    problems.push(`container "${name}" terminated at ${last.finishedAt} (${last.reason}: exit code ${last.exitCode})`);
    if (last.message) problems.push(last.message);
  }
  return problems;
}
