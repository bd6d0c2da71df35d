import path from 'node:path';
import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { WorkloadName } from '../../posture/posture';
import type { WorkloadSpec } from '../platform';
import { claimName, configMapNames, podPaths, secretName } from './names';

/** Files belong to root and to the pod's group, which may read them; in octal 0440. */
const readByGroup = 0o440;

/** How long a token of the API server is good for, seconds; the kubelet renews it before. */
const tokenSeconds = 3600;

/** Workloads that are rolled: two of them may run at once, so they share no disk. They keep nothing. */
export const isRolled = (workload: WorkloadName): boolean => workload === 'model-service';

interface Mounted {
  readonly volume: V1Volume;
  readonly mount: V1VolumeMount;
}

/** The volumes of a workload's pod with where its container finds them. Only what its declaration names is among them. */
export function mountsOf(spec: WorkloadSpec): Mounted[] {
  return [
    ...(['data', 'logs'] as const).map((what) => own(spec.name, what)),
    {
      volume: { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
      mount: { name: 'tmp', mountPath: podPaths.temporary },
    },
    ...secretsOf(spec),
    ...filesOf(spec),
    ...(spec.name === 'guardian' ? [evidence, token] : []),
  ];
}

/** A workload's data or logs. */
function own(workload: WorkloadName, what: 'data' | 'logs'): Mounted {
  const mount = { name: what, mountPath: podPaths[what] };
  if (isRolled(workload)) return { volume: { name: what, emptyDir: { sizeLimit: '256Mi' } }, mount };
  return { volume: { name: what, persistentVolumeClaim: { claimName: claimName(workload, what) } }, mount };
}

/** Of the stack's secrets those that a workload needs, one file each. */
function secretsOf({ secrets }: WorkloadSpec): Mounted[] {
  const keys = [...new Set(Object.values(secrets))].sort();
  if (keys.length === 0) return [];
  const items = keys.map((key) => ({ key, path: key }));
  return [
    {
      volume: { name: 'secrets', secret: { secretName, items, defaultMode: readByGroup } },
      mount: { name: 'secrets', mountPath: podPaths.secrets, readOnly: true },
    },
  ];
}

/** The ConfigMaps that hold what a workload reads. Mounted as folders, so that a change in place reaches the pod. */
function filesOf({ reads }: WorkloadSpec): Mounted[] {
  return (['declared', 'model', 'market'] as const)
    .filter((name) => reads.some((file) => file === podPaths[name] || path.posix.dirname(file) === podPaths[name]))
    .map((name) => ({
      volume: { name, configMap: { name: configMapNames[name], defaultMode: readByGroup } },
      mount: { name, mountPath: podPaths[name], readOnly: true },
    }));
}

/** Where the guardian keeps the evidence that it fetches through the API, which is at once what was declared last. */
const evidence: Mounted = {
  volume: { name: 'evidence', emptyDir: { sizeLimit: '16Mi' } },
  mount: { name: 'evidence', mountPath: podPaths.evidence },
};

/**
 * The guardian's access to the API server. Declared in full, as the API server itself would add it, since what that adds
 * has a random name, and the pod would differ from its declaration.
 */
const token: Mounted = {
  volume: {
    name: 'token',
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: tokenSeconds } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: readByGroup,
    },
  },
  mount: { name: 'token', mountPath: podPaths.token, readOnly: true },
};
