import { type WorkloadName, workloadNames } from '../../posture/posture';
import { labelNames } from './names';
import type { ClusterPlace } from './observe';

/** A Deployment's own account of its rollout, as far as it is looked at. */
export interface Rollout {
  readonly metadata: { readonly name: string; readonly generation?: number };
  readonly spec: { readonly replicas?: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/**
 * Whether every pod of a Deployment is one of what is declared now, and available: by the conditions of
 * `kubectl rollout status`. Pure.
 */
export function isRolledOut({ metadata, spec, status = {} }: Rollout): boolean {
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  // Until its controller has seen the change, the rest is said of what was there before.
  if (observedGeneration < (metadata.generation ?? 0)) return false;
  return updatedReplicas >= (spec.replicas ?? 1) && replicas <= updatedReplicas && availableReplicas >= updatedReplicas;
}

/**
 * Workloads of a stack that are still on the way to what is declared. The engine's plugin takes a Deployment that is
 * replaced, not rolled, for done while its old pod is on the way out: it goes by conditions that are those of the rollout
 * before until the new one has begun. @throws ClusterError; Error
 */
export async function findUnsettled({
  cluster,
  namespace,
  stack,
}: Pick<ClusterPlace, 'cluster' | 'namespace' | 'stack'>): Promise<WorkloadName[]> {
  const query = new URLSearchParams({ labelSelector: `${labelNames.stack}=${stack}` });
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments?${query}`;
  const { items } = await cluster.json<{ items: readonly Rollout[] }>('GET', path);
  const unsettled = new Set(items.filter((one) => !isRolledOut(one)).map(({ metadata }) => metadata.name));
  return workloadNames.filter((name) => unsettled.has(name));
}
