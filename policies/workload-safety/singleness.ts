import type { Run } from './run';
import { asPlain, type Subject, type Unit } from './unit';

/** Kinds that make pods, and whether at most one at a time can be asked of them. */
const single =
  /^kubernetes:(core\/v1:Pod|apps\/v1:(Deployment|StatefulSet|ReplicaSet)|core\/v1:ReplicationController)$/;

/**
 * Why there may be more than one of a workload at once: two resources of it, replicas, or a rollout that starts the new
 * one before the old one is gone. Two orchestrators would both trade the same signal.
 */
export function findCopies(subject: Subject, run: Run, workloads: readonly string[]): string[] {
  const own = subject.units.filter(({ workload }) => workload !== undefined && workloads.includes(workload));
  return [
    ...own.flatMap((unit) => findOthers(unit, subject, run)),
    ...(own.length > 0 && /^kubernetes:/.test(subject.type) ? findRollout(subject, own[0]!.workload!) : []),
    ...findScaler(subject, workloads),
  ];
}

function findOthers({ stack, workload }: Unit, { urn, units }: Subject, run: Run): string[] {
  const within = units.filter((one) => one.workload === workload && one.stack === stack).length;
  if (within > 1) return [`it declares ${within} of ${workload}: expected one in a stack`];
  // The resource that came first stays: what comes second is refused before it is there.
  const [first] = run.declaredAs(stack, workload!);
  return first === undefined || first === urn
    ? []
    : [`it is a second ${workload} of the stack beside ${first.split('::').at(-1)}: expected one in a stack`];
}

function findRollout({ type, props }: Subject, workload: string): string[] {
  if (!single.test(type))
    return [`${workload} is made by a ${type.split(':').at(-1)}: expected a Deployment, a StatefulSet or a Pod`];
  const { replicas, strategy } = asPlain(props.spec);
  const found: string[] = [];
  if (replicas !== undefined && replicas !== 0 && replicas !== 1)
    found.push(`replicas: expected 1 of ${workload}, received ${JSON.stringify(replicas)}`);
  if (/:Deployment$/.test(type) && asPlain(strategy).type !== 'Recreate')
    found.push(
      `strategy.type: expected Recreate, so that the old ${workload} is gone before the new one starts, received ${JSON.stringify(asPlain(strategy).type ?? 'RollingUpdate by default')}`,
    );
  return found;
}

/** What scales a workload by itself makes two of one. */
function findScaler({ type, props }: Subject, workloads: readonly string[]): string[] {
  if (!/HorizontalPodAutoscaler|ScaledObject/.test(type)) return [];
  const { scaleTargetRef, maxReplicas, maxReplicaCount } = asPlain(props.spec);
  const target = String(asPlain(scaleTargetRef).name ?? '');
  const most = Number(maxReplicas ?? maxReplicaCount ?? Number.POSITIVE_INFINITY);
  return workloads.includes(target) && !(most <= 1) ? [`it scales ${target}: expected one in a stack`] : [];
}
