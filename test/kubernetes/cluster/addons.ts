import type { KubernetesObject } from '@kubernetes/client-node';
import { addressesOf, own, type Place } from './place';
import { pauseImage } from './settings';

/** The class of volumes that claims without one get; see volumes.ts. */
export const storageClass = 'standard';
export const provisioner = 'cutover.test/folder';

const system = 'kube-system';
const labels = { 'k8s-app': 'kube-dns' };

const corefile = `.:53 {
  errors
  health
  ready
  kubernetes cluster.local in-addr.arpa {
    pods insecure
  }
  cache 5
}
`;

/** What every cluster has beside its own programs: names of services, and volumes. */
export function addons(place: Place): KubernetesObject[] {
  const metadata = (name: string) => ({ name, namespace: system });
  const reads = (apiGroups: string[], resources: string[]) => ({ apiGroups, resources, verbs: ['list', 'watch'] });
  const objects: (KubernetesObject & Record<string, unknown>)[] = [
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: storageClass, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner,
      reclaimPolicy: 'Retain',
      // As the usual classes of clouds have it: a claim stays pending until a pod uses it.
      volumeBindingMode: 'WaitForFirstConsumer',
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('coredns') },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'system:coredns' },
      rules: [reads([''], ['services', 'pods', 'namespaces']), reads(['discovery.k8s.io'], ['endpointslices'])],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'system:coredns' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [{ kind: 'ServiceAccount', ...metadata('coredns') }],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('coredns'), data: { Corefile: corefile } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: metadata('coredns'),
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: namesPod(place) } },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...metadata('kube-dns'), labels },
      spec: {
        clusterIP: addressesOf(place).dns,
        selector: labels,
        ports: ['UDP', 'TCP'].map((protocol) => ({ name: `dns-${protocol.toLowerCase()}`, port: 53, protocol })),
      },
    },
  ];
  return objects;
}

/** In a pod, under the labels by which network policies everywhere let names be asked for. The program is the node's. */
function namesPod(place: Place): object {
  return {
    serviceAccountName: 'coredns',
    priorityClassName: 'system-cluster-critical',
    dnsPolicy: 'Default',
    containers: [
      {
        name: 'coredns',
        image: pauseImage,
        securityContext: { runAsUser: 0, capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } },
        command: ['/bin/cluster', 'coredns', '-conf', '/etc/coredns/Corefile'],
        readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1, failureThreshold: 60 },
        volumeMounts: [
          { name: 'programs', mountPath: '/bin', readOnly: true },
          { name: 'settings', mountPath: '/etc/coredns', readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: 'programs', hostPath: { path: own(place, 'bin'), type: 'Directory' } },
      { name: 'settings', configMap: { name: 'coredns' } },
    ],
  };
}
