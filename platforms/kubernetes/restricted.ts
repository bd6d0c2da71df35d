import type { V1PodSpec, V1SecurityContext } from '@kubernetes/client-node';
import { podUser } from './names';

// How every pod of ours is shut in, as the Pod Security level `restricted` wants it and closer. Every default that the
// API server would fill in is named, so that a pod that runs can be compared with its declaration as a whole.

/** What every pod's spec begins with. */
export const restrictedPod = {
  automountServiceAccountToken: false,
  // The addresses of services would be variables that nobody declared.
  enableServiceLinks: false,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: podUser,
    runAsGroup: podUser,
    fsGroup: podUser,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  },
  dnsPolicy: 'ClusterFirst',
  schedulerName: 'default-scheduler',
} as const satisfies Partial<V1PodSpec>;

/** What every container of such a pod may not. */
export const restrictedContainer: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
