import { isIPv6 } from 'node:net';
import type {
  V1NetworkPolicyEgressRule,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
  V1ObjectMeta,
} from '@kubernetes/client-node';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { metadata, type Place } from './manifests-ground';
import { objectLabels } from './names';

/** Whom each workload asks. Whatever is not here is refused by the network, in both directions. */
const asks: Readonly<Record<WorkloadName, readonly WorkloadName[]>> = {
  'simulated-venue': [],
  gateway: [], // its venue is named by config
  'model-service': [],
  backend: ['gateway', 'model-service'],
  orchestrator: ['backend', 'gateway'],
  guardian: workloadNames.filter((name) => name !== 'guardian'),
};

/** What the network of a stack is told. */
export interface NetworkInputs {
  readonly ports: Readonly<Record<WorkloadName, number>>;
  /** The name of the venue; the simulated one is a pod of the stack. */
  readonly venue: string;
  /** Where the API server answers: `address:port` of each; empty where that is not known. */
  readonly apiServers: readonly string[];
}

/** A NetworkPolicy as the API has it; the client's own type gives `from` another name. */
export interface NetworkPolicyManifest {
  readonly apiVersion: 'networking.k8s.io/v1';
  readonly kind: 'NetworkPolicy';
  readonly metadata: V1ObjectMeta;
  readonly spec: {
    readonly podSelector: { readonly matchLabels?: Record<string, string> };
    readonly policyTypes: string[];
    readonly ingress?: { readonly from: V1NetworkPolicyPeer[]; readonly ports: V1NetworkPolicyPort[] }[];
    readonly egress?: V1NetworkPolicyEgressRule[];
  };
}

/** Denies everything in the stack's namespace, then lets each workload reach and be reached by those that it has to. */
export function networkPolicyManifests(place: Place, inputs: NetworkInputs): NetworkPolicyManifest[] {
  const denied = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] };
  return [
    policy({ metadata: metadata(place, 'default-deny'), spec: denied }),
    ...workloadNames.map((name) => {
      const from = workloadNames
        .filter((other) => asked(other, inputs).includes(name))
        .map((other) => pods(place, other));
      const egress = egressOf(place, name, inputs);
      return policy({
        metadata: metadata(place, name, name),
        spec: {
          podSelector: { matchLabels: objectLabels(place.stack, name) },
          policyTypes: ['Ingress', 'Egress'],
          // What is not there is denied.
          ...(from.length > 0 ? { ingress: [{ from, ports: [tcp(inputs.ports[name])] }] } : {}),
          ...(egress.length > 0 ? { egress } : {}),
        },
      });
    }),
  ];
}

const policy = (content: Pick<NetworkPolicyManifest, 'metadata' | 'spec'>): NetworkPolicyManifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  ...content,
});

const isSimulated = (venue: string): boolean => venue === 'simulated';

function asked(name: WorkloadName, { venue }: NetworkInputs): readonly WorkloadName[] {
  return name === 'gateway' && isSimulated(venue) ? ['simulated-venue'] : asks[name];
}

function egressOf(place: Place, name: WorkloadName, inputs: NetworkInputs): V1NetworkPolicyEgressRule[] {
  const others = asked(name, inputs).map((other) => ({ to: [pods(place, other)], ports: [tcp(inputs.ports[other])] }));
  const beyond = [
    ...(name === 'gateway' && !isSimulated(inputs.venue) ? [{ ports: [tcp(443)] }] : []),
    ...(name === 'guardian' ? apiServerEgress(inputs.apiServers) : []),
  ];
  return others.length + beyond.length > 0 ? [...others, ...beyond, dns] : [];
}

const pods = (place: Place, workload: WorkloadName): V1NetworkPolicyPeer => ({
  podSelector: { matchLabels: objectLabels(place.stack, workload) },
});

const tcp = (port: number): V1NetworkPolicyPort => ({ port, protocol: 'TCP' });

/** The cluster's name servers: whoever asks another workload asks for its name first. */
const dns: V1NetworkPolicyEgressRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
      podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
    },
  ],
  ports: [tcp(53), { port: 53, protocol: 'UDP' }],
};

/** The API server is no pod that a policy could name, only an address. Where none is known, its usual ports are open. */
function apiServerEgress(apiServers: readonly string[]): V1NetworkPolicyEgressRule[] {
  if (apiServers.length === 0) return [{ ports: [tcp(443), tcp(6443)] }];
  return apiServers.map((server) => {
    const colon = server.lastIndexOf(':');
    const address = server.slice(0, colon).replace(/^\[|\]$/g, '');
    const cidr = `${address}/${isIPv6(address) ? 128 : 32}`;
    return { to: [{ ipBlock: { cidr } }], ports: [tcp(Number(server.slice(colon + 1)))] };
  });
}
