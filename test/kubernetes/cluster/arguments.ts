import { files, kubeconfigOf } from './credentials';
import { addressesOf, nodeName, own, type Place } from './place';

/** The programs of the cluster besides containerd, in the order of their start. */
export const programNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'network-policies',
  'kube-proxy',
  'kubelet',
] as const;
export type ProgramName = (typeof programNames)[number];

const store = 'http://127.0.0.1:2379';
const loopback = '--bind-address=127.0.0.1';

/** The command line of a program, as what kubeadm sets up has it where the tests need no other. */
export function commandOf(place: Place, name: ProgramName): string[] {
  return [own(place, 'bin', 'cluster'), name, ...argumentsOf(place, name)];
}

function argumentsOf(place: Place, name: ProgramName): string[] {
  const { node, pods, services } = addressesOf(place);
  const config = (user: Parameters<typeof kubeconfigOf>[1]) => kubeconfigOf(place, user);
  const file = (key: keyof typeof files) => own(place, files[key]);
  const certificates = `--cert-dir=${own(place, 'lib', name)}`;
  switch (name) {
    case 'etcd':
      return [
        `--data-dir=${own(place, 'etcd')}`,
        `--listen-client-urls=${store}`,
        `--advertise-client-urls=${store}`,
        '--listen-peer-urls=http://127.0.0.1:2380',
        // Nothing of it outlives the machine's next crash.
        '--unsafe-no-fsync',
      ];
    case 'kube-apiserver':
      return [
        `--etcd-servers=${store}`,
        `--bind-address=${node}`,
        `--advertise-address=${node}`,
        `--cert-dir=${own(place, 'apiserver')}`,
        `--token-auth-file=${file('tokens')}`,
        '--authorization-mode=Node,RBAC',
        '--enable-admission-plugins=NodeRestriction',
        '--allow-privileged=true',
        `--service-cluster-ip-range=${services}`,
        '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
        `--service-account-key-file=${file('serviceAccountPublicKey')}`,
        `--service-account-signing-key-file=${file('serviceAccountKey')}`,
        `--kubelet-client-certificate=${file('kubeletClientCertificate')}`,
        `--kubelet-client-key=${file('kubeletClientKey')}`,
        '--kubelet-preferred-address-types=InternalIP',
      ];
    case 'kube-controller-manager':
      return [
        `--kubeconfig=${config('controller-manager')}`,
        `--service-account-private-key-file=${file('serviceAccountKey')}`,
        `--root-ca-file=${file('serverCertificate')}`,
        '--use-service-account-credentials=true',
        '--leader-elect=false',
        `--flex-volume-plugin-dir=${own(place, 'lib', 'volume-plugins')}`,
        loopback,
        certificates,
      ];
    case 'kube-scheduler':
      return [`--kubeconfig=${config('scheduler')}`, '--leader-elect=false', loopback, certificates];
    case 'network-policies':
      return [config('network-policies'), nodeName, '100'];
    case 'kube-proxy':
      return [
        `--kubeconfig=${config('proxy')}`,
        '--proxy-mode=iptables',
        `--cluster-cidr=${pods}`,
        `--hostname-override=${nodeName}`,
        '--healthz-bind-address=127.0.0.1',
        // The limits of the whole machine, which a node in its own namespaces cannot change.
        '--conntrack-max-per-core=0',
        '--conntrack-tcp-timeout-established=0',
        '--conntrack-tcp-timeout-close-wait=0',
      ];
    case 'kubelet':
      return [
        `--kubeconfig=${config('kubelet')}`,
        `--config=${own(place, 'kubelet.json')}`,
        `--root-dir=${own(place, 'kubelet')}`,
        `--hostname-override=${nodeName}`,
        `--node-ip=${node}`,
        certificates,
      ];
  }
}
