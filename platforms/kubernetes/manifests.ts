import type { Config } from '../../config';
import type { Posture } from '../../posture/posture';
import type { StackPlace, WorkloadSpec } from '../platform';
import { evidenceDir } from '../process/home';
import { admissionManifests } from './admission-policy';
import { fileManifests } from './manifests-files';
import { accountManifests, claimManifests, namespaceManifest, quotaManifest } from './manifests-ground';
import { deploymentManifest, serviceManifest } from './manifests-workload';
import { networkPolicyManifests } from './network-policies';
import { rightsManifests } from './rights';
import type { KubernetesView } from './view';

/** Everything of a stack that is there before its pods are. */
export function groundManifests(config: Config, place: StackPlace, view: KubernetesView, posture: Posture) {
  const own = { stack: place.stack, namespace: view.namespace };
  return {
    namespace: namespaceManifest(own),
    quota: quotaManifest(own),
    accounts: accountManifests(own),
    claims: claimManifests(own, config.kubernetes.storageClass),
    files: fileManifests(own, config, posture, evidenceDir(place)),
    rights: rightsManifests(own),
    admission: admissionManifests(own),
    /** @param apiServers where the API server answers, `address:port` of each */
    network: (apiServers: readonly string[]) =>
      networkPolicyManifests(own, { ports: config.ports, venue: config.venue.name, apiServers }),
  };
}

/** What a workload adds to that. */
export function workloadManifests(place: StackPlace, view: KubernetesView, spec: WorkloadSpec) {
  const own = { stack: place.stack, namespace: view.namespace };
  const inputs = view.podInputsOf(spec);
  return { deployment: deploymentManifest(own, inputs), service: serviceManifest(own, inputs) };
}
