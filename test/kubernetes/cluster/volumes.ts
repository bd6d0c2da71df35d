import { mkdirSync } from 'node:fs';
import type { CoreV1Api, V1PersistentVolume, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { provisioner, storageClass } from './addons';
import { nodeName, own, type Place } from './place';

const selectedNode = 'volume.kubernetes.io/selected-node';

/** Whether it is time to make a volume for a claim: it has none, and the pod that uses it has its node. */
export function isWaiting({ metadata, spec, status }: V1PersistentVolumeClaim): boolean {
  return (
    spec?.storageClassName === storageClass &&
    status?.phase === 'Pending' &&
    !spec.volumeName &&
    metadata?.annotations?.[selectedNode] !== undefined
  );
}

/**
 * Makes the volume of a claim: a folder on the node that belongs to root, as a new file system does. It is of a kind
 * whose group the kubelet changes to the pod's `fsGroup`; a pod that has none and is not root cannot write there.
 */
export async function provideVolume(api: CoreV1Api, place: Place, claim: V1PersistentVolumeClaim): Promise<void> {
  const name = `pvc-${claim.metadata!.uid}`;
  const path = own(place, 'volumes', name);
  mkdirSync(path, { recursive: true, mode: 0o755 });
  try {
    await api.createPersistentVolume({ body: volumeFor(claim, name, path) });
  } catch (error) {
    // Made already: claims are seen again with every change of theirs.
    if ((error as { code?: number }).code !== 409) throw error;
  }
}

function volumeFor({ metadata, spec }: V1PersistentVolumeClaim, name: string, path: string): V1PersistentVolume {
  return {
    metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': provisioner } },
    spec: {
      accessModes: spec!.accessModes!,
      capacity: spec!.resources!.requests!,
      claimRef: { namespace: metadata!.namespace!, name: metadata!.name!, uid: metadata!.uid! },
      local: { path },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [nodeName] }] },
          ],
        },
      },
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: storageClass,
      volumeMode: 'Filesystem',
    },
  };
}
