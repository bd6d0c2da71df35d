import { digestOf } from '../../posture/digest';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import type { Replica, Stray } from '../platform';
import { askHealth } from '../process/health';
import { type Cluster, ClusterError, orAbsent } from './client';
import { labelNames } from './names';
import { isRolled } from './pod-volumes';
import { readPodWorkload } from './pod-workload';
import { describePod, isAlive, isOwned, listPods, mainStatus, type Pod, podsOf, whyUnplaced } from './pods';
import { isReader } from './reader-pod';

/** The stack's place in a cluster, and how its pods are reached from here. */
export interface ClusterPlace {
  readonly cluster: Cluster;
  readonly stack: string;
  readonly namespace: string;
  /** Whether this process is one of the stack's own pods, which may look into its namespace alone. */
  readonly isInside: boolean;
  /** Where a pod itself answers, seen from here. */
  reach(pod: Pod): Promise<string | undefined>;
}

/** A workload's replica with what the API server says of its pods: the one that stays, and others that are alive. */
export interface SeenReplica {
  readonly replica: Replica;
  readonly pod?: Pod;
  readonly others: readonly Pod[];
}

/** What a look at a stack's pods comes to. */
interface SeenStack {
  readonly seen: SeenReplica[];
  readonly duplicates: Stray[];
  readonly waiting: string[];
}

/** Every workload of a stack, and the pods that nothing in the stack accounts for. @throws Error when the API server fails */
export async function seeStack(place: ClusterPlace): Promise<SeenStack> {
  const [own, elsewhere] = await Promise.all([
    listPods(place.cluster, { namespace: place.namespace }),
    place.isInside ? [] : listElsewhere(place),
  ]);
  const seen = await Promise.all(workloadNames.map((workload) => seeWorkload(place, workload, own)));
  const images = new Set(seen.flatMap(({ pod }) => pod?.spec.containers.map(({ image }) => image) ?? []));
  const shipped = seen.find(({ replica }) => replica.workload === 'guardian')?.pod?.spec.containers[0]?.image;
  const strays = [
    ...own.filter((pod) => isAlive(pod) && !isAccounted(pod, seen) && !isReader(pod, workloadNames, shipped)),
    ...elsewhere.filter((pod) => isStrayElsewhere(pod, place.stack, images)),
  ];
  return { seen, duplicates: strays.map(describeStray), waiting: describeWaiting(own, seen) };
}

/** Pods that have not started, beside a replica of their workload that runs; what a replica itself waits for it says. Pure. */
export function describeWaiting(own: readonly Pod[], seen: readonly SeenReplica[]): string[] {
  const running = new Set<string>(seen.flatMap(({ pod, replica }) => (pod ? [replica.workload] : [])));
  const waits = ({ metadata, status }: Pod) => status?.phase === 'Pending' && metadata.deletionTimestamp === undefined;
  return own.flatMap((pod) => {
    const { name, labels } = pod.metadata;
    const workload = labels?.[labelNames.workload] ?? name;
    if (isAlive(pod) || !waits(pod) || !running.has(workload)) return [];
    return [`pod ${name} of ${workload} waits beside the one that runs: ${whyWaiting(pod, workload) || 'it starts'}`];
  });
}

/** Pods that run in other namespaces, where they may be looked at. */
async function listElsewhere({ cluster, namespace }: ClusterPlace): Promise<Pod[]> {
  try {
    return await listPods(cluster, { fields: `status.phase=Running,metadata.namespace!=${namespace}` });
  } catch (error) {
    if (error instanceof ClusterError && error.status === 403) return [];
    throw error;
  }
}

/** Whether a pod of the stack's namespace is the replica of a workload, or one that a workload that is rolled leaves. Pure. */
export function isAccounted(pod: Pod, seen: readonly Pick<SeenReplica, 'pod' | 'replica'>[]): boolean {
  return seen.some(
    ({ pod: own, replica: { workload } }) =>
      own?.metadata.uid === pod.metadata.uid || (isRolled(workload) && isOwned(pod, workload)),
  );
}

/** Whether a pod of another namespace takes part in a stack: by its label, or as the same program of no other stack. Pure. */
export function isStrayElsewhere(pod: Pod, stack: string, images: ReadonlySet<string | undefined>): boolean {
  const labelled = pod.metadata.labels?.[labelNames.stack];
  if (labelled !== undefined) return labelled === stack;
  return pod.spec.containers.some(({ image }) => images.has(image));
}

function describeStray(pod: Pod): Stray {
  const { name, namespace, uid, labels } = pod.metadata;
  const [first] = pod.spec.containers;
  return {
    workload: labels?.[labelNames.workload] ?? name,
    name: `pod ${namespace}/${name} (${uid.slice(0, 8)})`,
    arguments: [...(first?.command ?? []), ...(first?.args ?? [])],
  };
}

/** Looks at one workload. @param pods those of the stack's namespace @throws Error when the API server fails */
export async function seeWorkload(
  place: ClusterPlace,
  workload: WorkloadName,
  pods: readonly Pod[],
): Promise<SeenReplica> {
  const owned = podsOf(pods, workload);
  const [pod, ...others] = owned.filter(isAlive);
  if (!pod) {
    return { replica: { workload, state: 'stopped', reason: await describeAbsence(place, workload, owned) }, others };
  }
  const status = mainStatus(pod, workload);
  const running = status?.state?.running;
  if (!status || !running) {
    return { replica: { workload, state: 'stopped', reason: describeEnd(pod, workload) }, pod, others };
  }
  const address = await place.reach(pod);
  const answers = address !== undefined && (await askHealth(address)) !== undefined;
  const real = readPodWorkload(pod.spec);
  const replica: Replica = {
    workload,
    ...(answers ? { state: 'running' } : { state: 'unresponsive', reason: 'it does not answer' }),
    innerPid: 1, // the first process of its container
    startTime: `${pod.metadata.uid}:${status.containerID ?? running.startedAt}`,
    startedAt: new Date(running.startedAt).toISOString(),
    executable: real.command[0] ?? '',
    arguments: real.command,
    sourceDigest: real.source,
    environmentDigest: digestOf(real.environment),
  };
  return { replica, pod, others };
}

/** Why a pod's container does not run. */
function describeEnd(pod: Pod, workload: string): string {
  const status = mainStatus(pod, workload);
  const ended = status?.state?.terminated ?? status?.lastState?.terminated;
  const waits = status?.state?.waiting?.reason;
  if (ended) {
    const why = ended.reason === 'OOMKilled' ? ', out of memory' : '';
    return `its container has ended with exit code ${ended.exitCode}${why}${waits ? ` (${waits})` : ''}`;
  }
  return `its container does not run${waits ? `: ${waits}` : ''} (${describePod(pod)})`;
}

interface Deployment {
  readonly spec: { readonly replicas?: number };
  readonly status?: { readonly conditions?: readonly { type: string; status: string; message?: string }[] };
}

/** What a pod says that it waits for. */
function whyWaiting(pod: Pod, workload: string): string {
  const { state } = mainStatus(pod, workload) ?? {};
  return whyUnplaced(pod) ?? [state?.waiting?.reason, state?.waiting?.message].filter(Boolean).join(': ');
}

/** Why a workload has no pod that runs: what its pod waits for, or why it has none. */
async function describeAbsence(
  { cluster, namespace }: ClusterPlace,
  workload: string,
  [waiting]: readonly Pod[],
): Promise<string> {
  if (waiting) {
    const why = whyWaiting(waiting, workload);
    return `its pod waits${why ? `: ${why}` : ''}`;
  }
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${workload}`;
  const deployment = await orAbsent(cluster.json<Deployment>('GET', path));
  if (!deployment) return 'it is not started';
  if (deployment.spec.replicas === 0) return 'it was stopped: its deployment is scaled to 0';
  const failed = deployment.status?.conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  );
  return failed?.message ?? 'its deployment has no pod yet';
}
