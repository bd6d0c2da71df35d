import type { V1PodSpec } from '@kubernetes/client-node';
import type { WorkloadName } from '../../posture/posture';
import { type Cluster, orAbsent } from './client';
import { literalEnvironment } from './confinement';
import { labelNames } from './names';

interface ContainerStatus {
  readonly name: string;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly state?: {
    readonly running?: { readonly startedAt: string };
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly terminated?: { readonly exitCode: number; readonly reason?: string };
  };
  readonly lastState?: ContainerStatus['state'];
}

/** A pod as the API server's JSON has it, as far as it is looked at. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly {
      readonly kind: string;
      readonly name: string;
      readonly controller?: boolean;
    }[];
  };
  readonly spec: V1PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  };
}

interface List<T> {
  readonly items: readonly T[];
  readonly metadata: { readonly continue?: string };
}

/** The most pods that are asked for at once. */
const pageSize = 500;

/** Every pod of a namespace; of all namespaces where none is named. @throws ClusterError; Error */
export async function listPods(
  cluster: Cluster,
  { namespace, labels, fields }: { namespace?: string; labels?: string; fields?: string },
): Promise<Pod[]> {
  const found: Pod[] = [];
  const where = namespace === undefined ? '' : `/namespaces/${namespace}`;
  for (let next: string | undefined = ''; next !== undefined; ) {
    const query = new URLSearchParams({
      limit: String(pageSize),
      ...(labels === undefined ? {} : { labelSelector: labels }),
      ...(fields === undefined ? {} : { fieldSelector: fields }),
      ...(next ? { continue: next } : {}),
    });
    const page: List<Pod> = await cluster.json('GET', `/api/v1${where}/pods?${query}`);
    found.push(...page.items);
    next = page.metadata.continue || undefined;
  }
  return found;
}

/** A pod by its name; undefined where there is none. @throws ClusterError; Error */
export function readPod(cluster: Cluster, namespace: string, name: string): Promise<Pod | undefined> {
  return orAbsent(cluster.json<Pod>('GET', `/api/v1/namespaces/${namespace}/pods/${name}`));
}

/** Whether something of a pod runs, or may. A pod that only waits for a node or its image does not. Pure. */
export function isAlive({ status }: Pod): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return false;
  const all = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  return status?.phase === 'Running' || status?.phase === 'Unknown' || all.some(({ state }) => state?.running);
}

/** Whether a pod is of the Deployment of a workload. Pure. */
export function isOwned({ metadata }: Pod, workload: string): boolean {
  const { labels = {}, ownerReferences = [] } = metadata;
  const set = `${workload}-${labels['pod-template-hash']}`;
  return (
    labels[labelNames.workload] === workload &&
    ownerReferences.some(({ kind, name, controller }) => controller && kind === 'ReplicaSet' && name === set)
  );
}

/** The pods of a workload, the one that stays first: not on its way out, then the newest. Pure. */
export function podsOf(pods: readonly Pod[], workload: WorkloadName): Pod[] {
  const rank = ({ metadata }: Pod) =>
    (metadata.deletionTimestamp === undefined ? '1' : '0') + metadata.creationTimestamp;
  return pods
    .filter((pod) => isOwned(pod, workload))
    .sort((one, other) => (rank(one) < rank(other) ? 1 : rank(one) > rank(other) ? -1 : 0));
}

/** The status of the container that is named like its workload. */
export function mainStatus({ status }: Pod, workload: string): ContainerStatus | undefined {
  return status?.containerStatuses?.find(({ name }) => name === workload);
}

/** Why no node takes a pod, where none does. */
export function whyUnplaced({ status }: Pod): string | undefined {
  return status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False')?.message;
}

/** Where a pod itself answers: its own address, never a name, which another pod could have as well. */
export function podAddress({ spec, status }: Pod): string | undefined {
  const port = portOf(spec);
  const address = status?.podIP;
  if (!address || port === undefined) return undefined;
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** The port that a pod is told to listen on. */
export function portOf({ containers: [first] }: V1PodSpec): number | undefined {
  const port = Number(first && literalEnvironment(first).PORT);
  return Number.isInteger(port) && port > 0 ? port : undefined;
}

/** A pod as words to show. */
export const describePod = ({ metadata, spec }: Pod): string =>
  `pod ${metadata.namespace}/${metadata.name} (${(spec.containers[0]?.command ?? []).join(' ')})`;
