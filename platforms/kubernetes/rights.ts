import type { V1PolicyRule, V1Role, V1RoleBinding } from '@kubernetes/client-node';
import { metadata, type Place } from './manifests-ground';
import { configMapNames, guardianRole } from './names';

/** What the guardian may do, in its own namespace alone: look, stop the traders, and open or shut the second door. */
const rules: V1PolicyRule[] = [
  { apiGroups: [''], resources: ['pods', 'configmaps'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch'] },
  {
    apiGroups: ['apps'],
    resources: ['deployments/scale'],
    resourceNames: ['backend', 'orchestrator'],
    verbs: ['get', 'patch'],
  },
  {
    apiGroups: [''],
    resources: ['configmaps'],
    resourceNames: [configMapNames.admission],
    // To make it again where somebody took it away: by server-side apply, the one way that is told its name.
    verbs: ['create', 'update', 'patch'],
  },
];

/** The guardian's rights. A role of the namespace, so that they end there; no other workload has any. */
export function rightsManifests(place: Place): { role: V1Role; binding: V1RoleBinding } {
  const group = 'rbac.authorization.k8s.io';
  const own = metadata(place, guardianRole, 'guardian');
  return {
    role: { apiVersion: `${group}/v1`, kind: 'Role', metadata: own, rules },
    binding: {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: own,
      roleRef: { apiGroup: group, kind: 'Role', name: guardianRole },
      subjects: [{ kind: 'ServiceAccount', name: 'guardian', namespace: place.namespace }],
    },
  };
}
