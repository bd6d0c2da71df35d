import type { Live } from '../api';

/** How far an object is from ready, and why. */
export interface Readiness {
  readonly ready: boolean;
  readonly problems: readonly string[];
}

/** A deployment as the server has it, with what belongs to it. */
export interface DeploymentView {
  readonly deployment: Live;
  /** Of the deployment's namespace; those of others are left out here. */
  readonly replicaSets: readonly Live[];
  readonly claims: readonly Live[];
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly updatedReplicas?: number;
  readonly conditions?: readonly Condition[];
}

const revisionKey = 'deployment.kubernetes.io/revision';

/**
 * Whether a deployment has rolled out what is declared, as the official provider sees it. That the deadline for progress
 * has passed is one of the problems and no end: the end is the resource's own timeout. Pure.
 */
export function rollout({ deployment, replicaSets, claims }: DeploymentView): Readiness {
  const status = (deployment.status ?? {}) as DeploymentStatus;
  if ((status.observedGeneration ?? 0) < (deployment.metadata.generation ?? 1)) {
    return { ready: false, problems: ['The deployment controller has not seen the Deployment yet'] };
  }
  const conditions = status.conditions ?? [];
  const isTrue = (type: string, reason?: string) =>
    conditions.some((one) => one.type === type && one.status === 'True' && (!reason || one.reason === reason));
  const current = currentReplicaSet(deployment, replicaSets);
  // An old replica set that is being emptied has more than it wants, which is no rollout.
  const updated = (status.updatedReplicas ?? 0) >= wanted(deployment);
  const rolled = current !== undefined && updated && wanted(current) <= readyReplicas(current);
  const unbound = claims.filter((claim) => phaseOf(claim) !== 'Bound').map(({ metadata }) => metadata.name);
  // The first revision is not rolled out but made, and has nothing that progresses.
  const first = deployment.metadata.annotations?.[revisionKey] === '1';
  const progressed = first || isTrue('Progressing', 'NewReplicaSetAvailable');
  const problems = conditions
    .filter(({ type, status: is, message }) => ['Progressing', 'Available'].includes(type) && is !== 'True' && message)
    .map(({ reason, message }) => `[${reason}] ${message}`);
  if (unbound.length > 0) problems.push(`Failed to bind PersistentVolumeClaim(s): "${unbound.join(',')}"`);
  if (!isTrue('Available')) problems.push('Minimum number of live Pods was not attained');
  else if (!progressed || !rolled) {
    problems.push('Minimum number of Pods to consider the application live was not attained');
  }
  return { ready: isTrue('Available') && progressed && rolled && unbound.length === 0, problems };
}

/** The replica set of the revision that a deployment is at. Pure. */
export function currentReplicaSet(deployment: Live, replicaSets: readonly Live[]): Live | undefined {
  const revision = deployment.metadata.annotations?.[revisionKey];
  return replicaSets.find((one) => isOwnedBy(one, deployment) && one.metadata.annotations?.[revisionKey] === revision);
}

/** The names of the claims that a deployment's pods mount. Pure. */
export function claimNames(deployment: Live): string[] {
  const { template } = deployment.spec as { template: { spec: { volumes?: Record<string, unknown>[] } } };
  return (template.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [(persistentVolumeClaim as { claimName: string }).claimName] : [],
  );
}

export function isOwnedBy(object: Live, owner: Live): boolean {
  return (object.metadata.ownerReferences ?? []).some(({ uid }) => uid === owner.metadata.uid);
}

export const phaseOf = (object: Live) => (object.status as { phase?: string } | undefined)?.phase;
const wanted = (object: Live) => (object.spec as { replicas?: number }).replicas ?? 1;
const readyReplicas = (set: Live) => (set.status as { readyReplicas?: number } | undefined)?.readyReplicas ?? 0;
