import type { WorkloadName } from '../../posture/posture';
import { type Cluster, orAbsent } from './client';
import { labelNames, shownAnnotation } from './names';
import { listPods } from './pods';

/** The workloads that read declared files while they run; others read theirs when they start. */
const readers: readonly WorkloadName[] = ['gateway'];

/**
 * Has the kubelets show running pods what their ConfigMaps hold now. By themselves they look once a minute, and at once
 * where something of the pod has changed, such as an annotation.
 * @param digest of what is shown
 * @throws ClusterError; Error
 */
export async function showFiles(cluster: Cluster, namespace: string, digest: string): Promise<void> {
  const pods = await listPods(cluster, { namespace, labels: `${labelNames.workload} in (${readers.join(',')})` });
  const body = { metadata: { annotations: { [shownAnnotation]: digest } } };
  for (const { metadata } of pods) {
    const pod = `/api/v1/namespaces/${namespace}/pods/${metadata.name}`;
    // One that is gone meanwhile is shown them when it comes back.
    await orAbsent(cluster.json('PATCH', pod, { body, contentType: 'application/merge-patch+json' }));
  }
}
