import type { Standing } from '../platform';
import type { Cluster } from './client';
import { admissionKeys, configMapNames } from './names';

/** Writes the parameter of the admission policy, which makes it again where somebody took it away. @throws ClusterError; Error */
export async function writeAdmission(
  cluster: Cluster,
  namespace: string,
  { halted, posture }: Standing,
): Promise<void> {
  const name = configMapNames.admission;
  const query = new URLSearchParams({ fieldManager: 'cutover-guardian', force: 'true' });
  await cluster.json('PATCH', `/api/v1/namespaces/${namespace}/configmaps/${name}?${query}`, {
    contentType: 'application/apply-patch+yaml',
    body: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      data: { [admissionKeys.halted]: String(halted), [admissionKeys.posture]: posture ?? '' },
    },
  });
}
