import { setTimeout as delay } from 'node:timers/promises';
import type { WorkloadName } from '../../posture/posture';
import { type Cluster, ClusterError, orAbsent } from './client';
import { labelNames } from './names';
import { describePod, isAlive, isOwned, listPods, type Pod } from './pods';

/** How long pods may take to end, milliseconds: their grace, and what the cluster needs beside it. */
const endMs = 30_000;
const lookMs = 250;

/** The pods that carry a workload's label and are alive, whoever made them. @throws Error when the API server fails */
export async function alivePods(cluster: Cluster, namespace: string, workload: WorkloadName): Promise<Pod[]> {
  return (await listPods(cluster, { namespace, labels: `${labelNames.workload}=${workload}` })).filter(isAlive);
}

/**
 * Ends every pod of a workload, and waits until none is left. Its deployment stays, scaled to 0, until an `up` repairs it.
 * @throws ClusterError when it may not be stopped; Error naming what is left after 30 s
 */
export async function stopPods(cluster: Cluster, namespace: string, workload: WorkloadName): Promise<void> {
  const scale = `/apis/apps/v1/namespaces/${namespace}/deployments/${workload}/scale`;
  const options = { body: { spec: { replicas: 0 } }, contentType: 'application/merge-patch+json' };
  await orAbsent(cluster.json('PATCH', scale, options));
  const asked = new Set<string>();
  for (const deadline = Date.now() + endMs; ; await delay(lookMs)) {
    const left = await alivePods(cluster, namespace, workload);
    if (left.length === 0) return;
    // What its deployment does not own no scaling ends. The guardian may not delete it either, and names it.
    for (const pod of left.filter((one) => !isOwned(one, workload) && !asked.has(one.metadata.uid))) {
      asked.add(pod.metadata.uid);
      await deletePod(cluster, pod);
    }
    if (Date.now() > deadline) throw new Error(`${left.map(describePod).join(', ')} still runs`);
  }
}

async function deletePod(cluster: Cluster, { metadata: { namespace, name, uid } }: Pod): Promise<void> {
  try {
    const body = { preconditions: { uid } };
    await orAbsent(cluster.json('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, { body }));
  } catch (error) {
    if (!(error instanceof ClusterError && [403, 409].includes(error.status))) throw error;
  }
}
