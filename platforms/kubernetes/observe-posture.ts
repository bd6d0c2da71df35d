import { messageOf } from '../../errors';
import { type Digest, digestBytes, digestOf } from '../../posture/digest';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { type RealWorkload, readPosture } from '../../posture/read-posture';
import type { PostureSighting } from '../platform';
import { configMapNames, podPaths } from './names';
import { type ClusterPlace, type SeenReplica, seeStack } from './observe';
import { imageDigest, readPodWorkload } from './pod-workload';
import { mainStatus, type Pod } from './pods';

/**
 * The posture that the pods of a stack carry out, as the API server tells what they were created with: the whole pod spec.
 * The environments are read, made into digests and forgotten.
 */
export async function observeKubernetesPosture(place: ClusterPlace): Promise<PostureSighting> {
  try {
    const { seen, duplicates } = await seeStack(place);
    const replicas = seen.map(({ replica }) => replica);
    try {
      return { replicas, duplicates, posture: await readFrom(place, seen) };
    } catch (error) {
      return { replicas, duplicates, posture: null, reason: messageOf(error) };
    }
  } catch (error) {
    const reason = `the cluster cannot be asked: ${messageOf(error)}`;
    const replicas = workloadNames.map((workload) => ({ workload, state: 'unresponsive' as const, reason }));
    return { replicas, duplicates: [], posture: null, reason };
  }
}

async function readFrom(place: ClusterPlace, seen: readonly SeenReplica[]) {
  const running = seen.filter(({ replica }) => replica.startTime !== undefined);
  const missing = workloadNames.filter((name) => !running.some(({ replica }) => replica.workload === name));
  if (missing.length > 0) throw new Error(`what ${missing.join(', ')} is started with cannot be read`);
  const entries = running.map((one) => [one.replica.workload, realOf(one)] as const);
  const real = Object.fromEntries(entries) as Record<WorkloadName, RealWorkload>;
  const market = await readMarket(place, real['simulated-venue']);
  return readPosture(
    place.stack,
    real,
    // Agents run in the orchestrator's pod: its image holds their code.
    (words) => (words.length === 1 ? market.get(words[0]!) : undefined) ?? real.orchestrator.source,
  );
}

/** What a workload's pods were really created with. @throws Error where they differ, or what runs is not what they name */
export function realOf({ replica: { workload }, pod, others }: SeenReplica): RealWorkload {
  const real = readPodWorkload(pod!.spec);
  for (const one of [pod!, ...others]) {
    if (digestOf(readPodWorkload(one.spec)) !== digestOf(real)) throw new Error(`${workload} is being replaced`);
    // The image of a pod can be changed while it runs; until its container is started again the old one does.
    if (!runsItsImage(one, workload)) throw new Error(`${workload} runs another image than its pod names`);
  }
  return real;
}

/** Whether a pod's container was started from the image that its spec names. Pure. */
export function runsItsImage(pod: Pod, workload: string): boolean {
  const status = mainStatus(pod, workload);
  const named = imageDigest(pod.spec.containers[0]?.image);
  // Which of the two has the digest depends on how the node came by the image.
  return [status?.image, status?.imageID].some((reference) => reference?.endsWith(named));
}

interface ConfigMap {
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** The digests of the recorded market files that the venue is given, by their path in its pod. */
async function readMarket(
  { cluster, namespace }: ClusterPlace,
  { environment }: RealWorkload,
): Promise<ReadonlyMap<string, Digest>> {
  if (!environment.MARKET_FEED?.includes(`"${podPaths.market}/`)) return new Map();
  const path = `/api/v1/namespaces/${namespace}/configmaps/${configMapNames.market}`;
  const { data = {}, binaryData = {} } = await cluster.json<ConfigMap>('GET', path);
  const files = [
    ...Object.entries(data).map(([name, content]) => [name, Buffer.from(content)] as const),
    ...Object.entries(binaryData).map(([name, content]) => [name, Buffer.from(content, 'base64')] as const),
  ];
  return new Map(files.map(([name, bytes]) => [`${podPaths.market}/${name}`, digestBytes(bytes)]));
}
