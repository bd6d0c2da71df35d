import type { V1Deployment, V1Service } from '@kubernetes/client-node';
import { metadata, type Place, unwaited } from './manifests-ground';
import { objectLabels } from './names';
import { type PodInputs, podTemplate } from './pod-template';
import { isRolled } from './pod-volumes';

/**
 * The deployment of a workload. All but those that are rolled are replaced: the old pod is gone before the new one is
 * made, so that nothing trades, grants or writes twice.
 */
export function deploymentManifest(place: Place, inputs: PodInputs): V1Deployment {
  const { name } = inputs.spec;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(place, name, name),
    spec: {
      replicas: 1,
      revisionHistoryLimit: 2,
      strategy: isRolled(name)
        ? { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
        : { type: 'Recreate' },
      selector: { matchLabels: objectLabels(place.stack, name) },
      template: podTemplate(inputs),
    },
  };
}

/** The name by which other workloads of the stack reach a workload; nothing reaches it from outside the cluster. */
export function serviceManifest(place: Place, { spec: { name, port } }: PodInputs): V1Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata(place, name, name), annotations: unwaited },
    spec: {
      type: 'ClusterIP',
      selector: objectLabels(place.stack, name),
      ports: [{ name: 'http', port, targetPort: port, protocol: 'TCP' }],
      // A gateway whose venue is away says that it is not well, and must still be told to halt. Where two pods take
      // turns, only one that is ready is asked.
      ...(isRolled(name) ? {} : { publishNotReadyAddresses: true }),
    },
  };
}
