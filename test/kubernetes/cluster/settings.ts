import { mkdirSync, writeFileSync } from 'node:fs';
import { files } from './credentials';
import { addressesOf, own, type Place, runtimeSocket } from './place';

/** The image that holds each pod's namespaces. */
export const pauseImage = 'cutover.test/pause:1';

/** Writes what containerd, its network plugins and the kubelet are configured by. */
export function writeSettings(place: Place): void {
  mkdirSync(own(place, 'cni'));
  writeFileSync(own(place, 'cni', '10-pods.conflist'), JSON.stringify(podNetwork(place)));
  writeFileSync(own(place, 'containerd.toml'), runtime(place));
  writeFileSync(own(place, 'kubelet.json'), JSON.stringify(kubelet(place)));
  writeFileSync(own(place, 'resolv.conf'), '');
}

/** Each pod at the end of a line of its own, without a bridge: all that pods say to each other is routed, and filtered. */
function podNetwork(place: Place): object {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: addressesOf(place).pods }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  return { cniVersion: '0.4.0', name: 'pods', plugins: [{ type: 'ptp', ipam }] };
}

function runtime(place: Place): string {
  return `version = 2
root = "${own(place, 'containerd')}"
state = "/run/containerd"

[grpc]
address = "${runtimeSocket(place)}"

[plugins."io.containerd.internal.v1.opt"]
path = "${own(place, 'opt')}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${pauseImage}"
# The kernel lets only the first root of a machine make a process less likely to be ended when memory is short.
restrict_oom_score_adj = true
# A profile would be loaded into this machine's kernel.
disable_apparmor = true
stream_server_address = "127.0.0.1"

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${own(place, 'cni')}"
`;
}

function kubelet(place: Place): object {
  const { node, dns } = addressesOf(place);
  return {
    kind: 'KubeletConfiguration',
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    address: node,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: own(place, files.kubeletClientCertificate) },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${runtimeSocket(place)}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${place.name}`,
    clusterDNS: [dns],
    clusterDomain: 'cluster.local',
    resolvConf: own(place, 'resolv.conf'),
    failCgroupV1: false,
    failSwapOn: false,
    protectKernelDefaults: true,
    // A machine whose disk is nearly full can still run tests, and their images must stay.
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
      'imagefs.inodesFree': '0%',
    },
    imageGCHighThresholdPercent: 100,
    volumePluginDir: own(place, 'lib', 'volume-plugins'),
  };
}
