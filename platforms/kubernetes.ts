// By the files of each kind: the package as a whole holds some thousand, of which every bundle would have a copy.
import { ValidatingAdmissionPolicy } from '@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicy';
import { ValidatingAdmissionPolicyBinding } from '@pulumi/kubernetes/admissionregistration/v1/validatingAdmissionPolicyBinding';
import { Deployment } from '@pulumi/kubernetes/apps/v1/deployment';
import { ConfigMap } from '@pulumi/kubernetes/core/v1/configMap';
import { Namespace } from '@pulumi/kubernetes/core/v1/namespace';
import { PersistentVolumeClaim } from '@pulumi/kubernetes/core/v1/persistentVolumeClaim';
import { ResourceQuota } from '@pulumi/kubernetes/core/v1/resourceQuota';
import { Service } from '@pulumi/kubernetes/core/v1/service';
import { ServiceAccount } from '@pulumi/kubernetes/core/v1/serviceAccount';
import { NetworkPolicy } from '@pulumi/kubernetes/networking/v1/networkPolicy';
import { Provider } from '@pulumi/kubernetes/provider';
import { Role } from '@pulumi/kubernetes/rbac/v1/role';
import { RoleBinding } from '@pulumi/kubernetes/rbac/v1/roleBinding';
import { CustomResource, type CustomResourceOptions, type Output, type Resource } from '@pulumi/pulumi';
import type { Config } from '../config';
import { digestPosture, type Posture } from '../posture/posture';
import { currentContext } from './kubernetes/kubeconfig';
import { groundManifests, workloadManifests } from './kubernetes/manifests';
import { createKubernetesView } from './kubernetes/view';
import type { Platform, StackPlace } from './platform';
import { PostureResource, postureInputs } from './posture-resource';
import { type ClusterInputs, type ClusterRecordInputs, resourceTypes, type ShownFilesInputs } from './resource-types';

class ClusterRecord extends CustomResource {
  declare readonly apiServers: Output<string[]>;

  constructor(inputs: ClusterRecordInputs, options: CustomResourceOptions) {
    // The output is named here so that the SDK expects it from the provider.
    super(resourceTypes.clusterRecord, 'cluster', { ...inputs, apiServers: undefined }, options);
  }
}

class KeptObjects extends CustomResource {
  constructor(inputs: ClusterInputs, options: CustomResourceOptions) {
    super(resourceTypes.keptObjects, 'kept-objects', { ...inputs }, options);
  }
}

class ShownFiles extends CustomResource {
  constructor(inputs: ShownFilesInputs, options: CustomResourceOptions) {
    super(resourceTypes.shownFiles, 'shown-files', { ...inputs }, options);
  }
}

/** How long the engine waits for a pod: its image may have to be pulled first. */
const customTimeouts = { create: '5m', update: '5m', delete: '2m' };

/** Pods of a Kubernetes cluster, by the resources of `@pulumi/kubernetes`. */
export function createKubernetesPlatform(config: Config, place: StackPlace): Platform<CustomResource> {
  const view = createKubernetesView(config, place);
  const context = config.kubernetes.context ?? currentContext();
  const cluster = { stack: place.stack, namespace: view.namespace, ...(context === undefined ? {} : { context }) };
  const ground: Resource[] = [];
  let provider: Provider;

  /** Everything that is there before pods are. Made after the posture has passed. */
  const declareGround = (posture: Posture, judged: CustomResource): void => {
    const record = new ClusterRecord({ ...cluster, home: place.home, ports: config.ports }, { dependsOn: [judged] });
    provider = new Provider(
      'kubernetes',
      {
        ...(context === undefined ? {} : { context }),
        namespace: view.namespace,
        // Without it a change of the kubeconfig may be taken for another cluster, and everything be replaced.
        clusterIdentifier: view.namespace,
        enableServerSideApply: true,
        // Otherwise a ConfigMap that changes is replaced, together with every pod that reads it.
        enableConfigMapMutable: true,
        // The config says what runs: what somebody else has set is taken back, what was retained is adopted again.
        enablePatchForce: true,
        upsertExistingObjects: true,
      },
      { dependsOn: [record] },
    );
    const { namespace: own, network, ...rest } = groundManifests(config, place, view, posture);
    const namespace = new Namespace(own.metadata!.name!, inputs(own), { provider, retainOnDelete: true });
    const under = { provider, dependsOn: [namespace], deleteBeforeReplace: true };
    const configMaps = rest.files.map((one) => new ConfigMap(`files-${nameOf(one)}`, inputs(one), under));
    // They stay with their namespace: an API server whose last policy with a ConfigMap for a parameter is deleted watches
    // none any more until it is started again, and the door of the next `up` would not move.
    const kept = { ...under, retainOnDelete: true };
    const policies = rest.admission.policies.map(
      (one) => new ValidatingAdmissionPolicy(nameOf(one), inputs(one), kept),
    );
    const role = new Role('role', inputs(rest.rights.role), under);
    ground.push(
      namespace,
      new ResourceQuota('quota', inputs(rest.quota), under),
      ...rest.accounts.map((one) => new ServiceAccount(`account-${nameOf(one)}`, inputs(one), under)),
      // What a claim asks for cannot be changed, and to replace one would lose what it holds.
      ...rest.claims.map(
        (one) => new PersistentVolumeClaim(nameOf(one), inputs(one), { ...kept, ignoreChanges: ['spec'] }),
      ),
      ...configMaps,
      role,
      new RoleBinding('binding', inputs(rest.rights.binding), { ...under, dependsOn: [role] }),
      new KeptObjects(cluster, { dependsOn: [namespace] }),
      ...policies,
      ...rest.admission.bindings.map(
        (one) =>
          new ValidatingAdmissionPolicyBinding(`binding-${nameOf(one)}`, inputs(one), {
            ...kept,
            dependsOn: [namespace, ...policies],
          }),
      ),
      ...network([]).map((one, index) => {
        const spec = record.apiServers.apply((servers) => network(servers)[index]!.spec);
        return new NetworkPolicy(
          `network-${nameOf(one)}`,
          { metadata: inputs(one.metadata), spec: spec as never },
          under,
        );
      }),
    );
    new ShownFiles({ ...cluster, digest: digestPosture(posture) }, { dependsOn: configMaps });
  };

  return {
    ...view,
    declarePosture: (posture) => {
      const judged = new PostureResource('posture', postureInputs(posture, place));
      declareGround(posture, judged);
      return judged;
    },
    declare: (spec, dependsOn) => {
      const { deployment, service } = workloadManifests(place, view, spec);
      const under = { provider, dependsOn: [...dependsOn, ...ground], deleteBeforeReplace: true };
      new Service(`service-${spec.name}`, inputs(service), under);
      return new Deployment(spec.name, inputs(deployment), { ...under, customTimeouts });
    },
  };
}

const nameOf = ({ metadata }: { metadata?: { name?: string } }): string => metadata!.name!;

/** The types of client and provider describe the same objects in their own words each; what is in them the API server checks. */
const inputs = (manifest: object): never => structuredClone(manifest) as never;
