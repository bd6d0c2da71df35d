import { ensureInstalled } from '../../helpers/system-packages';

/**
 * Sees that what a node and its tests need beside the programs that are built is installed: that of the distribution, where it is not.
 * @returns why it is not there and cannot be installed, or cannot be run, else undefined
 */
export async function ensureTools(onProgress: (message: string) => void): Promise<string | undefined> {
  if (process.platform !== 'linux') return `Kubernetes needs Linux, and this is ${process.platform}`;
  const tools = {
    containerd: 'containerd',
    ctr: 'containerd',
    runc: 'runc',
    '/usr/lib/cni/ptp': 'containernetworking-plugins',
    iptables: 'iptables',
    conntrack: 'conntrack',
    ip: 'iproute2',
    unshare: 'util-linux',
    nsenter: 'util-linux',
    mount: 'mount',
    hostname: 'hostname',
    tar: 'tar',
    kubectl: 'kubernetes-client',
  };
  const reason = await ensureInstalled(tools, 40, onProgress);
  if (reason !== undefined) return reason;
  return process.getuid?.() === 0 ? undefined : 'a node of Kubernetes can only be started by root';
}
