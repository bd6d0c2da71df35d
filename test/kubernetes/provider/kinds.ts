import type { Properties } from './shape';

/** What the stand-in knows of one kind of object beyond its inputs. */
export interface Kind {
  /** Where `@pulumi/kubernetes` has it, such as `rbac/v1`. */
  readonly module: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Its name in the paths of the API. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Inputs whose change replaces the object. */
  readonly replaced: readonly string[];
}

/** What of a provider's settings decides about replacements. */
export interface Mutability {
  readonly configMaps: boolean;
  readonly secrets: boolean;
}

const claimReplaced = ['spec.accessModes', 'spec.selector', 'spec.storageClassName', 'spec.volumeName'];
const rbac = 'rbac.authorization.k8s.io/v1';
const admission = 'admissionregistration.k8s.io/v1';

export const kinds: readonly Kind[] = [
  clusterWide('core/v1', 'v1', 'Namespace', 'namespaces'),
  inNamespace('core/v1', 'v1', 'ServiceAccount', 'serviceaccounts'),
  inNamespace('core/v1', 'v1', 'ConfigMap', 'configmaps'),
  inNamespace('core/v1', 'v1', 'Secret', 'secrets'),
  inNamespace('core/v1', 'v1', 'Service', 'services', ['spec.clusterIP']),
  inNamespace('core/v1', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', claimReplaced),
  inNamespace('core/v1', 'v1', 'ResourceQuota', 'resourcequotas', ['spec.scopes']),
  inNamespace('apps/v1', 'apps/v1', 'Deployment', 'deployments', ['spec.selector']),
  inNamespace('rbac/v1', rbac, 'Role', 'roles'),
  inNamespace('rbac/v1', rbac, 'RoleBinding', 'rolebindings', ['roleRef']),
  inNamespace('networking/v1', 'networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  inNamespace('policy/v1', 'policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  clusterWide('admissionregistration/v1', admission, 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies'),
  clusterWide(
    'admissionregistration/v1',
    admission,
    'ValidatingAdmissionPolicyBinding',
    'validatingadmissionpolicybindings',
  ),
];

function inNamespace(module: string, apiVersion: string, kind: string, plural: string, replaced: string[] = []): Kind {
  return { module, apiVersion, kind, plural, namespaced: true, replaced };
}

function clusterWide(module: string, apiVersion: string, kind: string, plural: string): Kind {
  return { module, apiVersion, kind, plural, namespaced: false, replaced: [] };
}

/** As the engine names the resource, such as `kubernetes:apps/v1:Deployment`. */
export function tokenOf({ apiVersion, kind }: Kind): string {
  return `kubernetes:${apiVersion === 'v1' ? 'core/v1' : apiVersion}:${kind}`;
}

/** The kind of a resource. @throws Error where the stand-in does not serve it */
export function kindOfUrn(urn: string): Kind {
  const token = urn.split('::')[2]?.split('$').at(-1) ?? '';
  const found = kinds.find((kind) => tokenOf(kind) === token);
  if (!found) throw new Error(`the stand-in for the plugin of @pulumi/kubernetes has no resource ${token}`);
  return found;
}

/** The paths, such as `spec.selector`, whose change replaces an object. Pure. */
export function replacedPaths({ kind, replaced }: Kind, inputs: Properties, mutable: Mutability): readonly string[] {
  const identity = ['metadata.name', 'metadata.namespace'];
  const fixed = inputs.immutable === true;
  if (kind === 'ConfigMap') return mutable.configMaps && !fixed ? identity : [...identity, 'data', 'binaryData'];
  if (kind === 'Secret') {
    return mutable.secrets && !fixed ? [...identity, 'type'] : [...identity, 'type', 'data', 'stringData'];
  }
  return [...identity, ...replaced];
}
