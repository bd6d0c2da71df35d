import { CutoverError, messageOf } from '../../errors';
import type { WorkloadName } from '../../posture/posture';
import { listFiles } from '../here';
import type { Operations, StackPlace } from '../platform';
import { dataDir, logDir, logFile } from '../process/home';
import { writeAdmission } from './announce';
import { type Cluster, type ClusterTarget, connect, kubeconfigFiles, orAbsent } from './client';
import { asProblem } from './cluster-problem';
import { findConflicts } from './conflicts';
import { EvidenceCopy } from './evidence';
import { fetchInto } from './fetch';
import { LogFollower } from './follow-logs';
import { labelNames, namespaceOf, podPaths } from './names';
import { type ClusterPlace, seeStack } from './observe';
import { observeKubernetesPosture } from './observe-posture';
import { findObstacles, retryStarts } from './obstacles';
import { canRun, PodFiles, unreachable } from './pod-files';
import { isRolled } from './pod-volumes';
import { readPodWorkload } from './pod-workload';
import { describePod, isAlive, listPods, type Pod, podAddress, podsOf } from './pods';
import { Forwards } from './port-forward';
import { withReader } from './reader-pod';
import type { KubernetesRecord } from './record';
import { findUnsettled } from './rollouts';
import { runInside } from './run-inside';
import { alivePods, stopPods } from './stop';

/** What an `up` that is about to begin says of where the stack is to be. */
export interface KubernetesWish {
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  readonly storageClass?: string | undefined;
}

/** How long a program that is run beside a workload may take, milliseconds. */
const besideMs = 10_000;

/**
 * The operators' side of a stack on Kubernetes, and the guardian's from within: the API server. Data and logs are
 * fetched into the stack's folders on this machine.
 */
export function createKubernetesOperations(
  place: StackPlace,
  record: KubernetesRecord | undefined,
  wish: KubernetesWish = {},
): Operations {
  const isInside = process.env.CUTOVER_PLATFORM === 'kubernetes';
  const target: ClusterTarget = isInside
    ? { kind: 'inside' }
    : { kind: 'context', context: record?.context ?? wish.context };
  const namespace =
    record?.namespace ?? namespaceOf(place.stack, isInside ? process.env.CUTOVER_NAMESPACE : wish.namespace);
  const connection = once(() => open(target, namespace, place.stack, isInside));
  const followers = new Map<WorkloadName, LogFollower>();

  /** @throws CutoverError `cluster_unreachable`, `cluster_unauthorised`, `cluster_forbidden` (exit code 5) */
  const asked = async <T>(ask: (there: Connection) => Promise<T>): Promise<T> => {
    let server = kubeconfigFiles();
    try {
      const there = await connection();
      server = there.cluster.config.getCurrentCluster()?.server ?? server;
      return await ask(there);
    } catch (error) {
      throw asProblem(error, server);
    }
  };
  const find = async ({ cluster }: ClusterPlace, workload: WorkloadName): Promise<Pod[]> => {
    const pods = await listPods(cluster, { namespace, labels: `${labelNames.workload}=${workload}` });
    return podsOf(pods, workload).filter(isAlive);
  };
  /** The one pod of a workload in which programs can be run. */
  const findPod = async (there: ClusterPlace, workload: WorkloadName): Promise<Pod | undefined> =>
    (await find(there, workload)).find((pod) => canRun(pod, workload));
  /** @throws CutoverError `data_unreachable` */
  const filesOf = async (workload: WorkloadName): Promise<PodFiles> => {
    try {
      const there = await connection();
      const pod = await findPod(there, workload);
      if (pod) return new PodFiles(there.cluster, workload, pod);
    } catch (error) {
      throw unreachable(workload, messageOf(error));
    }
    throw unreachable(workload, 'it does not run');
  };

  /** Copies what a workload keeps, from its pod; from its volumes where it has none. @throws CutoverError as above */
  const copy = async (workload: WorkloadName, what: 'data' | 'logs', folder: string): Promise<void> => {
    const from = (pod: Pod, cluster: Cluster, isOurs?: true) => {
      const files = new PodFiles(cluster, workload, pod, isOurs);
      return fetchInto(folder, (known, archive) => files.send(podPaths[what], known, archive));
    };
    const there = await connection().catch((error) => {
      throw unreachable(workload, messageOf(error));
    });
    const pod = await findPod(there, workload);
    if (pod) return from(pod, there.cluster);
    // What only its pod keeps is gone with it.
    if (isRolled(workload)) return;
    if ((await alivePods(there.cluster, namespace, workload)).length > 0)
      throw unreachable(workload, 'it does not run');
    try {
      const image = await shippedImage(there);
      await withReader(there.cluster, { ...there, image }, workload, (reader) => from(reader, there.cluster, true));
    } catch (error) {
      throw error instanceof CutoverError ? error : unreachable(workload, `it does not run, and ${messageOf(error)}`);
    }
  };

  return {
    sharesProcesses: false,
    keptIn: `the volumes of namespace ${namespace}`,
    observe: async () => {
      const { seen, duplicates, waiting } = await asked(seeStack);
      return { replicas: seen.map(({ replica }) => replica), duplicates, waiting };
    },
    observePosture: async () => {
      // Without a cluster nothing can be told, which is an answer.
      const there = await connection().catch((error: Error) => error);
      if (!(there instanceof Error)) return observeKubernetesPosture(there);
      return { replicas: [], duplicates: [], posture: null, reason: messageOf(there) };
    },
    addressOf: async (workload) => {
      if (!isInside && !record) return undefined;
      const there = await connection();
      if (isInside) return (await find(there, workload)).map(podAddress)[0];
      return there.forwards.to(workload, () => findPod(there, workload));
    },
    ownAddressOf: async (workload) => {
      try {
        const there = await connection();
        const [pod, ...others] = await find(there, workload);
        // Of two nobody can say which is the one that was observed.
        return pod && others.length === 0 ? await there.reach(pod) : undefined;
      } catch {
        return undefined;
      }
    },
    dataOf: (workload) => dataDir(place, workload),
    logsOf: (workload) => listFiles(logDir(place, workload)),
    fetchData: async (workload) => {
      if (isInside || !record) return;
      await copy(workload, 'data', dataDir(place, workload));
    },
    fetchLogs: async (workload, wasStopped) => {
      if (!isInside && !record) return;
      const there = await connection();
      const pod = await findPod(there, workload);
      // Where nothing runs nothing is written.
      if (!pod && !wasStopped) return;
      if (!isInside) return copy(workload, 'logs', logDir(place, workload));
      const follower = followers.get(workload) ?? new LogFollower(there.cluster, workload, logFile(place, workload));
      followers.set(workload, follower);
      if (pod) await follower.follow(pod, Date.now());
    },
    handOver: async (workload, files) => (await filesOf(workload)).keep(dataDir(place, workload), files),
    change: async (workload, change, input) => (await filesOf(workload)).change(change, input),
    fetchEvidence: async (folder) => {
      if (isInside) await (await connection()).evidence.update(folder);
    },
    announce: async (standing) => {
      if (isInside) await writeAdmission((await connection()).cluster, namespace, standing);
    },
    runBeside: async (workload, args) => {
      const there = await connection();
      const { cluster } = there;
      const pod = await findPod(there, workload);
      const [program, ...own] = pod ? readPodWorkload(pod.spec).command : [];
      if (!pod || program === undefined) throw new Error(`no ${workload} runs`);
      const where = { namespace, pod: pod.metadata.name, container: workload };
      const { exitCode, stdout } = await runInside(cluster, where, [program, ...args(own)], { timeoutMs: besideMs });
      return { exitCode, stdout: stdout.toString() };
    },
    stop: (workload) => asked(({ cluster }) => stopPods(cluster, namespace, workload)),
    remainsOf: (workload) =>
      asked(async ({ cluster }) => (await alivePods(cluster, namespace, workload)).map(describePod)),
    findConflicts: (specs, view) => asked((there) => findConflicts(there, specs, view, wish.storageClass)),
    findObstacles: (specs, view) => asked((there) => findObstacles(there, specs, view)),
    findUnsettled: () => asked(findUnsettled),
    retryStarts: () => asked(retryStarts),
  };
}

interface Connection extends ClusterPlace {
  readonly forwards: Forwards;
  readonly evidence: EvidenceCopy;
}

async function open(target: ClusterTarget, namespace: string, stack: string, isInside: boolean): Promise<Connection> {
  const cluster: Cluster = await connect(target);
  const forwards = new Forwards(cluster);
  const reach = async (pod: Pod) => (isInside ? podAddress(pod) : podAddress(pod) && forwards.toPod(pod));
  return { cluster, stack, namespace, isInside, reach, forwards, evidence: new EvidenceCopy(cluster, namespace) };
}

/** The image of the shipped workloads, which the guardian always runs. @throws Error where the stack is down */
async function shippedImage({ cluster, namespace }: ClusterPlace): Promise<string> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/guardian`;
  const guardian = await orAbsent(cluster.json<{ spec: { template: { spec: Pod['spec'] } } }>('GET', path));
  const image = guardian?.spec.template.spec.containers[0]?.image;
  if (image === undefined) throw new Error('the stack is down');
  return image;
}

/** Asks until there is an answer, and keeps that. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined;
  return () => {
    known ??= ask().catch((error) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
