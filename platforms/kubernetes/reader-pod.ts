import { setTimeout as delay } from 'node:timers/promises';
import type { V1PodSpec } from '@kubernetes/client-node';
import { messageOf } from '../../errors';
import { digestOf } from '../../posture/digest';
import type { WorkloadName } from '../../posture/posture';
import { type Cluster, ClusterError, orAbsent } from './client';
import { claimName, imagePaths, labelNames, podPaths } from './names';
import { readPodWorkload } from './pod-workload';
import { type Pod, readPod, whyUnplaced } from './pods';
import { restrictedContainer, restrictedPod } from './restricted';

// What a workload that does not run has written lies on its volumes alone. A pod of ours that only sleeps is given them
// to read, and is gone in a moment.

/** A reader ends by itself after this long, seconds, should whoever made it be killed. */
const longestSeconds = 300;
/** How long it may take to come up, milliseconds. */
const startMs = 60_000;
const lookMs = 250;

const nameOf = (workload: WorkloadName): string => `reader-${workload}`;

/**
 * The spec of a workload's reader: no token, no secret, and no network that a policy of the stack lets it use. It may
 * write, since no database can be copied where nothing can be. Every default is named, so that one that runs can be told
 * from anything else. Pure.
 */
export function readerSpec(workload: WorkloadName, image: string): V1PodSpec {
  const claims = (['data', 'logs'] as const).map((what) => ({ what, claim: claimName(workload, what) }));
  return {
    ...restrictedPod,
    serviceAccountName: workload,
    restartPolicy: 'Never',
    activeDeadlineSeconds: longestSeconds,
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: workload,
        image,
        imagePullPolicy: 'IfNotPresent',
        command: [imagePaths.node, '-e', `setTimeout(() => {}, ${longestSeconds * 1000})`],
        resources: {
          requests: { cpu: '10m', memory: '64Mi', 'ephemeral-storage': '64Mi' },
          limits: { cpu: '1', memory: '512Mi', 'ephemeral-storage': '256Mi' },
        },
        securityContext: restrictedContainer,
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        volumeMounts: claims.map(({ what }) => ({ name: what, mountPath: podPaths[what] })),
      },
    ],
    volumes: claims.map(({ what, claim }) => ({ name: what, persistentVolumeClaim: { claimName: claim } })),
  };
}

/** Whether a pod is the reader of a workload and nothing but that. Pure. @param image that of the shipped workloads */
export function isReader(pod: Pod, workloads: readonly WorkloadName[], image: string | undefined): boolean {
  const workload = workloads.find((name) => nameOf(name) === pod.metadata.name);
  if (workload === undefined || image === undefined) return false;
  const wanted = readPodWorkload(readerSpec(workload, image));
  return digestOf(readPodWorkload(pod.spec)) === digestOf(wanted);
}

/**
 * Runs something on the volumes of a workload that does not run.
 * @returns what it returns; undefined where the workload has no volumes
 * @throws what it throws; Error where the reader does not come up, as while something else has the volumes
 */
export async function withReader<T>(
  cluster: Cluster,
  place: { readonly namespace: string; readonly stack: string; readonly image: string },
  workload: WorkloadName,
  use: (pod: Pod) => Promise<T>,
): Promise<T | undefined> {
  const { namespace, stack, image } = place;
  const claim = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${claimName(workload, 'data')}`;
  if (!(await orAbsent(cluster.json('GET', claim)))) return undefined;
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const name = nameOf(workload);
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { [labelNames.stack]: stack } },
    spec: readerSpec(workload, image),
  };
  const made = await create(cluster, pods, body);
  try {
    return await use(await awaitRunning(cluster, made));
  } finally {
    const options = { body: { gracePeriodSeconds: 0, preconditions: { uid: made.metadata.uid } } };
    await orAbsent(cluster.json('DELETE', `${pods}/${name}`, options)).catch((error) => {
      throw new Error(`the pod ${name} of namespace ${namespace} could not be deleted: ${messageOf(error)}`);
    });
  }
}

/** One at a time: another that is there is gone in a moment. */
async function create(cluster: Cluster, pods: string, body: object): Promise<Pod> {
  for (const deadline = Date.now() + startMs; ; await delay(lookMs)) {
    try {
      return await cluster.json<Pod>('POST', pods, { body });
    } catch (error) {
      const isThere = error instanceof ClusterError && error.status === 409;
      if (!isThere || Date.now() > deadline) throw error;
    }
  }
}

async function awaitRunning(cluster: Cluster, { metadata: { namespace, name, uid } }: Pod): Promise<Pod> {
  for (const deadline = Date.now() + startMs; ; await delay(lookMs)) {
    const pod = await readPod(cluster, namespace, name);
    if (pod?.metadata.uid !== uid) throw new Error(`the pod ${name} is gone`);
    const status = pod.status?.containerStatuses?.[0];
    if (status?.state?.running) return pod;
    if (Date.now() < deadline) continue;
    throw new Error(
      `the pod ${name} does not come up: ${whyUnplaced(pod) ?? status?.state?.waiting?.reason ?? 'no word why'}`,
    );
  }
}
