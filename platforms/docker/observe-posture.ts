import type Docker from 'dockerode';
import { messageOf } from '../../errors';
import type { Digest } from '../../posture/digest';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { type RealWorkload, readPosture } from '../../posture/read-posture';
import type { PostureSighting, StackPlace } from '../platform';
import { readConfinement } from './confinement';
import { environmentOf, type Sight, seeStack } from './observe';
import { digestInImage } from './view';

/**
 * The posture that the containers of a stack carry out, as the daemon tells what they were created with: image, command,
 * environment, mounts, networks, capabilities. The environments are read, made into digests and forgotten.
 */
export async function observeDockerPosture(
  docker: Docker,
  place: StackPlace,
  sight: Sight = {},
): Promise<PostureSighting> {
  try {
    const { seen, duplicates } = await seeStack(docker, place, sight);
    const replicas = seen.map(({ replica }) => replica);
    try {
      return { replicas, duplicates, posture: readFrom(place.stack, seen) };
    } catch (error) {
      return { replicas, duplicates, posture: null, reason: messageOf(error) };
    }
  } catch (error) {
    const reason = `the Docker daemon cannot be asked: ${messageOf(error)}`;
    const replicas = workloadNames.map((workload) => ({ workload, state: 'unresponsive' as const, reason }));
    return { replicas, duplicates: [], posture: null, reason };
  }
}

function readFrom(stack: string, seen: Awaited<ReturnType<typeof seeStack>>['seen']) {
  const running = seen.flatMap(({ replica, container }) =>
    container?.State.Running ? [[replica.workload, realOf(container)] as const] : [],
  );
  const missing = workloadNames.filter((name) => !running.some(([workload]) => workload === name));
  if (missing.length > 0) throw new Error(`what ${missing.join(', ')} is started with cannot be read`);
  const real = Object.fromEntries(running) as Record<WorkloadName, RealWorkload>;
  // Agents run inside the orchestrator's container: its image holds their code.
  return readPosture(stack, real, (words) => digestInImage(words, real.orchestrator.source));
}

/** What a container was really created with. */
export function realOf(container: Docker.ContainerInspectInfo): RealWorkload {
  return {
    command: container.Config.Cmd ?? [],
    environment: environmentOf(container),
    source: container.Image as Digest,
    confinement: readConfinement(container),
  };
}
