import type { V1PodSpec } from '@kubernetes/client-node';
import type { Conflict, PlatformView, WorkloadSpec } from '../platform';
import { type Cluster, ClusterError, orAbsent } from './client';
import { labelNames } from './names';
import type { ClusterPlace } from './observe';
import { podTemplate } from './pod-template';
import { listPods } from './pods';
import { parseQuantity } from './quantity';
import type { KubernetesView } from './view';

interface Labelled {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
}

interface Quota extends Labelled {
  readonly spec: { readonly scopes?: readonly string[]; readonly scopeSelector?: object };
  readonly status?: {
    readonly hard?: Readonly<Record<string, string>>;
    readonly used?: Readonly<Record<string, string>>;
  };
}

/** What would keep a stack from coming up in its namespace. @throws ClusterError; Error */
export async function findConflicts(
  place: ClusterPlace,
  specs: readonly WorkloadSpec[],
  view: PlatformView,
  storageClass: string | undefined,
): Promise<Conflict[]> {
  const { cluster, namespace, stack } = place;
  const found = await orAbsent(cluster.json<Labelled>('GET', `/api/v1/namespaces/${namespace}`));
  const storage = conflictsOf('storage_class_missing', await describeStorage(cluster, storageClass));
  if (!found) return storage;
  const owner = found.metadata.labels?.[labelNames.stack];
  if (owner !== stack) {
    const whose = owner === undefined ? 'is not one of Cutover' : `is that of stack ${owner}`;
    return conflictsOf('name_taken', [
      `expected namespace ${namespace} to be free for stack ${stack}, but it ${whose}; set cutover:kubernetes.namespace to another`,
    ]);
  }
  if (found.metadata.deletionTimestamp !== undefined) {
    const sentence = `expected namespace ${namespace}, but it is being deleted; wait until it is gone`;
    return conflictsOf('name_taken', [sentence]);
  }
  const pods = specs.map((spec) => podTemplate((view as KubernetesView).podInputsOf(spec)).spec!);
  return [...storage, ...conflictsOf('quota_exceeded', await describeQuotas(place, pods))];
}

const conflictsOf = (code: Conflict['code'], sentences: readonly string[]): Conflict[] =>
  sentences.map((sentence) => ({ code, sentence }));

/** Why there would be no disks. */
async function describeStorage(cluster: Cluster, wanted: string | undefined): Promise<string[]> {
  const path = '/apis/storage.k8s.io/v1/storageclasses';
  try {
    const { items } = await cluster.json<{ items: readonly Labelled[] }>('GET', path);
    const names = items.map(({ metadata }) => metadata.name);
    const known = `the cluster has ${names.join(', ') || 'none'}`;
    if (wanted !== undefined) {
      if (names.includes(wanted)) return [];
      return [`cutover:kubernetes.storageClass: expected a storage class of the cluster, received ${wanted}; ${known}`];
    }
    const isDefault = ({ metadata: { annotations } }: Labelled) =>
      annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true';
    if (items.some(isDefault)) return [];
    return [`expected a default storage class; ${known}: set cutover:kubernetes.storageClass`];
  } catch (error) {
    // Who may not look at them may use them all the same.
    if (error instanceof ClusterError && error.status === 403) return [];
    throw error;
  }
}

/** The quotas of the namespace that the stack's pods do not fit in; what runs of it now gives its share back. */
async function describeQuotas(
  { cluster, namespace, stack }: ClusterPlace,
  pods: readonly V1PodSpec[],
): Promise<string[]> {
  const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const { items } = await cluster.json<{ items: readonly Quota[] }>('GET', path);
  // A quota for some pods only is told by the deployment that it keeps from its pods.
  const quotas = items.filter(({ spec }) => !spec.scopes?.length && !spec.scopeSelector);
  if (quotas.length === 0) return [];
  const running = await listPods(cluster, { namespace, labels: `${labelNames.stack}=${stack}` });
  const own = needOf(running.map(({ spec }) => spec));
  const need = needOf(pods);
  return quotas.flatMap(({ metadata, status }) =>
    Object.entries(status?.hard ?? {}).flatMap(([resource, hard]) => {
      const wanted = need.get(resource);
      if (wanted === undefined) return [];
      const others = parseQuantity(status?.used?.[resource] ?? '0') - (own.get(resource) ?? 0);
      if (wanted <= parseQuantity(hard) - others) return [];
      return `expected room for ${format(resource, wanted)} in quota ${metadata.name} of namespace ${namespace}, which leaves ${format(resource, Math.max(0, parseQuantity(hard) - others))}; have it raised`;
    }),
  );
}

/** What pods take of a quota, by its names. Pure. */
export function needOf(pods: readonly V1PodSpec[]): Map<string, number> {
  const need = new Map<string, number>([
    ['pods', pods.length],
    ['count/pods', pods.length],
  ]);
  const add = (name: string, amount: number) => need.set(name, (need.get(name) ?? 0) + amount);
  for (const { resources } of pods.flatMap(({ containers }) => containers)) {
    for (const kind of ['requests', 'limits'] as const) {
      for (const [name, amount] of Object.entries(resources?.[kind] ?? {})) {
        add(`${kind}.${name}`, parseQuantity(amount));
        if (kind === 'requests') add(name, parseQuantity(amount)); // the older names
      }
    }
  }
  return need;
}

function format(resource: string, amount: number): string {
  const isBytes = /memory|storage/.test(resource);
  return `${resource} ${isBytes ? `${Math.ceil(amount / 2 ** 20)}Mi` : Number(amount.toFixed(3))}`;
}
