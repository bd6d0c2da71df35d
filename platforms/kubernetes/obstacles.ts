import type { V1PodSpec } from '@kubernetes/client-node';
import { digestOf } from '../../posture/digest';
import type { WorkloadName } from '../../posture/posture';
import type { Obstacle, PlatformView, WorkloadSpec } from '../platform';
import { ClusterError, orAbsent } from './client';
import { labelNames } from './names';
import type { ClusterPlace } from './observe';
import { podTemplate } from './pod-template';
import { readPodWorkload } from './pod-workload';
import { isOwned, listPods, mainStatus, type Pod, whyUnplaced } from './pods';
import type { KubernetesView } from './view';

/** What a container says that waits for its image. */
const imageReasons = ['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName'];
/** In this time an image is pulled twice, seconds. */
const imagePatience = 20;
/** In this time a replica set tries to make its pod a dozen times, seconds. */
const refusalPatience = 30;
/** The most of another's words that is shown, characters. */
const mostShown = 400;

type Place = Pick<ClusterPlace, 'cluster' | 'namespace' | 'stack'>;

/** What Deployments and ReplicaSets tell of themselves, as far as it is looked at. */
interface Status {
  readonly replicas?: number;
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
}

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: { readonly spec: V1PodSpec } };
  readonly status?: Status;
}

interface ReplicaSet {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion?: string };
  readonly status?: Status;
}

const findRefusal = (status: Status | undefined) =>
  status?.conditions?.find(({ type, status: is }) => type === 'ReplicaFailure' && is === 'True');

/** Why pods of a stack do not come up. @throws ClusterError; Error */
export async function findObstacles(
  { cluster, namespace, stack }: Place,
  specs: readonly WorkloadSpec[],
  view: PlatformView,
): Promise<Obstacle[]> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const [pods, { items }] = await Promise.all([
    listPods(cluster, { namespace, labels: `${labelNames.stack}=${stack}` }),
    cluster.json<{ items: readonly Deployment[] }>('GET', path),
  ]);
  return specs.flatMap((spec) => {
    // What an earlier `up` has left otherwise, this one is about to change.
    const wanted = podTemplate((view as KubernetesView).podInputsOf(spec)).spec!;
    const own = pods.filter((pod) => isOwned(pod, spec.name) && isSame(pod.spec, wanted));
    const deployment = items.find(({ metadata }) => metadata.name === spec.name);
    return [
      ...own.flatMap((pod) => describeWaiting(pod, spec)),
      ...(deployment && isSame(deployment.spec.template.spec, wanted) ? describeRefusal(deployment, spec.name) : []),
    ];
  });
}

const isSame = (found: V1PodSpec, wanted: V1PodSpec): boolean =>
  found.containers[0]?.image === wanted.containers[0]?.image &&
  digestOf(readPodWorkload(found)) === digestOf(readPodWorkload(wanted));

/**
 * Deletes what a cluster tries again only after ever longer pauses, so that it is tried at once: pods that wait for their
 * image, and replica sets without a pod because none may be made. Their owners make them anew. @throws ClusterError; Error
 */
export async function retryStarts({ cluster, namespace, stack }: Place): Promise<void> {
  const labels = `${labelNames.stack}=${stack}`;
  const sets = `/apis/apps/v1/namespaces/${namespace}/replicasets`;
  const [pods, { items }] = await Promise.all([
    listPods(cluster, { namespace, labels }),
    cluster.json<{ items: readonly ReplicaSet[] }>('GET', `${sets}?${new URLSearchParams({ labelSelector: labels })}`),
  ]);
  const drop = async (path: string, { name, uid, resourceVersion }: ReplicaSet['metadata']) => {
    const body = { preconditions: { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) } };
    try {
      await orAbsent(cluster.json('DELETE', `${path}/${name}`, { body }));
    } catch (error) {
      if (!(error instanceof ClusterError && error.status === 409)) throw error; // it changed: somebody is at it
    }
  };
  const waiting = pods.filter(waitsForImage).map(({ metadata: { name, uid } }) => ({ name, uid }));
  for (const pod of waiting) await drop(`/api/v1/namespaces/${namespace}/pods`, pod);
  for (const { metadata, status } of items) {
    if (status?.replicas === 0 && findRefusal(status)) await drop(sets, metadata);
  }
}

const waitsForImage = (pod: Pod): boolean => {
  const workload = pod.metadata.labels?.[labelNames.workload] ?? '';
  return isOwned(pod, workload) && imageReasons.includes(mainStatus(pod, workload)?.state?.waiting?.reason ?? '');
};

/** What a pod waits for that is not there yet. Pure. */
export function describeWaiting(pod: Pod, { name, program }: Pick<WorkloadSpec, 'name' | 'program'>): Obstacle[] {
  const { reason = '', message = '' } = mainStatus(pod, name)?.state?.waiting ?? {};
  if (imageReasons.includes(reason)) {
    const isOwn = program.kind === 'command' && program.image !== undefined;
    const setting = isOwn ? `cutover:workloads.${name}.image` : 'cutover:kubernetes.image';
    const image = pod.spec.containers[0]?.image;
    const sentence = `${setting}: expected an image for ${name} that the nodes can pull, received ${image}, and ${reason}: ${shorten(message)}; push it, let the nodes pull it, or set another`;
    return [{ code: 'image_missing', workload: name, sentence, patience: imagePatience }];
  }
  const isCommon = ['', 'ContainerCreating', 'PodInitializing'].includes(reason);
  const why = whyUnplaced(pod) ?? (isCommon ? '' : `${reason}: ${message}`);
  if (!why) return [];
  return [{ code: 'pod_waits', workload: name, sentence: `${name} waits: ${shorten(why)}`, patience: null }];
}

/** Why a workload has no pod at all, as where a quota leaves no room for one. Pure. */
export function describeRefusal({ status }: Pick<Deployment, 'status'>, workload: WorkloadName): Obstacle[] {
  const failure = findRefusal(status);
  if (!failure) return [];
  const sentence = `expected the cluster to let a pod of ${workload} be made, received: ${shorten(failure.message ?? 'a refusal')}; ask the cluster's administrator`;
  return [{ code: 'pod_refused', workload, sentence, patience: refusalPatience }];
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > mostShown ? `${line.slice(0, mostShown)}...` : line;
}
