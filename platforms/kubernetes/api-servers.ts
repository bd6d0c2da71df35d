import { type Cluster, ClusterError } from './client';

interface Service {
  readonly spec: { readonly clusterIPs?: readonly string[]; readonly ports?: readonly { readonly port: number }[] };
}

interface EndpointSlices {
  readonly items: readonly {
    readonly endpoints?: readonly { readonly addresses: readonly string[] }[] | null;
    readonly ports?: readonly { readonly port?: number }[] | null;
  }[];
}

/**
 * Where pods reach the API server, `address:port` of each: the address of its service, and those behind it, since some
 * networks judge a packet by the one and some by the other.
 * @returns sorted; empty where whoever asks may not know
 * @throws Error when the API server fails
 */
export async function findApiServers(cluster: Cluster): Promise<string[]> {
  try {
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    const [service, { items }] = await Promise.all([
      cluster.json<Service>('GET', '/api/v1/namespaces/default/services/kubernetes'),
      cluster.json<EndpointSlices>('GET', `${slices}?labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes`),
    ]);
    const { clusterIPs = [], ports = [] } = service.spec;
    const behind = items.flatMap(({ endpoints, ports: open }) =>
      (endpoints ?? []).flatMap(({ addresses }) =>
        join(
          addresses,
          (open ?? []).flatMap(({ port }) => port ?? []),
        ),
      ),
    );
    const own = join(
      clusterIPs,
      ports.map(({ port }) => port),
    );
    return [...new Set([...own, ...behind])].sort();
  } catch (error) {
    if (error instanceof ClusterError && (error.status === 403 || error.status === 404)) return [];
    throw error;
  }
}

function join(addresses: readonly string[], ports: readonly number[]): string[] {
  return addresses.flatMap((address) =>
    ports.map((port) => `${address.includes(':') ? `[${address}]` : address}:${port}`),
  );
}
