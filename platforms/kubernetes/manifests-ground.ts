import type {
  V1Namespace,
  V1ObjectMeta,
  V1PersistentVolumeClaim,
  V1ResourceQuota,
  V1ServiceAccount,
} from '@kubernetes/client-node';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { claimName, objectLabels } from './names';
import { isRolled } from './pod-volumes';

/** Where a stack is in a cluster. */
export interface Place {
  readonly stack: string;
  readonly namespace: string;
}

/** The engine waits for some kinds of objects in ways that do not fit here; the deployments' wait names what they lack. */
export const unwaited = { 'pulumi.com/skipAwait': 'true' };

/** Name, namespace and labels of an object of a stack. */
export function metadata({ stack, namespace }: Place, name: string, workload?: WorkloadName): V1ObjectMeta {
  return { name, namespace, labels: objectLabels(stack, workload) };
}

/** The stack's own namespace: no pod in it may be less shut in than ours are. */
export function namespaceManifest({ stack, namespace }: Place): V1Namespace {
  const restricted = ['enforce', 'audit', 'warn'].map((what) => [`pod-security.kubernetes.io/${what}`, 'restricted']);
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { ...objectLabels(stack), ...Object.fromEntries(restricted) } },
  };
}

/** Nothing of a stack is published beyond its cluster: operators come through the API server. */
export function quotaManifest(place: Place): V1ResourceQuota {
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: metadata(place, 'unpublished'),
    spec: { hard: { 'services.loadbalancers': '0', 'services.nodeports': '0' } },
  };
}

/** An account for each workload, so that a right that is given to one is given to no other. */
export function accountManifests(place: Place): V1ServiceAccount[] {
  return workloadNames.map((name) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadata(place, name, name),
    automountServiceAccountToken: false,
  }));
}

/** How much disk a claim asks for. */
const storage = '2Gi';

/**
 * Data and logs of each workload that keeps any. Its data one pod at a time may use, wherever in the cluster: a pod that
 * is moved or deleted by hand is not replaced before it is gone.
 */
export function claimManifests(place: Place, storageClass: string | undefined): V1PersistentVolumeClaim[] {
  return workloadNames
    .filter((name) => !isRolled(name))
    .flatMap((name) =>
      (['data', 'logs'] as const).map((what) => ({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { ...metadata(place, claimName(name, what), name), annotations: unwaited },
        spec: {
          accessModes: [what === 'data' ? 'ReadWriteOncePod' : 'ReadWriteOnce'],
          resources: { requests: { storage } },
          ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
        },
      })),
    );
}
