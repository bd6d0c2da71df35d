import type Docker from 'dockerode';
import { digestOf } from '../../posture/digest';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import type { Replica, Stray } from '../platform';
import { askHealth } from '../process/health';
import { type StackFolder, stackDir } from '../process/home';
import { inspect } from './client';
import {
  containerName,
  containerNames,
  imageDir,
  imageNode,
  isCarrierName,
  labelNames,
  networkNames,
  volumeNames,
} from './names';

type Found = Docker.ContainerInspectInfo;

/** A workload's replica with what the daemon says of its container. */
export interface SeenReplica {
  readonly replica: Replica;
  readonly container?: Found;
}

/** The environment that a container was created with. */
export function environmentOf(container: Found): Record<string, string> {
  return Object.fromEntries(
    (container.Config.Env ?? []).map((entry) => {
      const equals = entry.indexOf('=');
      return [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
  );
}

/** Whether a container runs a program of ours, so that its image holds the others too. */
export function isShipped({ Config: { Cmd: command } }: Found): boolean {
  return command?.[0] === imageNode && command[1]?.startsWith(`${imageDir}/dist/`) === true;
}

/**
 * Where a container itself answers: its own address on the stack's network, never a name, which another container could
 * have as well.
 */
export function ownAddress(container: Found, stack: string): string | undefined {
  const { inner, outer } = networkNames(stack);
  const networks = container.NetworkSettings.Networks;
  const address = (networks[inner] ?? networks[outer])?.IPAddress;
  const port = environmentOf(container).PORT;
  return container.State.Running && address && port ? `http://${address}:${port}` : undefined;
}

/** How a look at a stack is taken where its containers are on another host. */
export interface Sight {
  /** Where a container itself answers, as seen from here; by default at its own address. */
  readonly reach?: (container: Found) => Promise<string | undefined>;
  /** What stands before the paths of the stack's folders on the host of its containers. */
  readonly root?: string;
}

/** How long a container may take to answer when it is asked through a tunnel, seconds. */
const farSeconds = 5;

/** Looks at one workload's container. @throws Error when the daemon fails */
export async function seeWorkload(
  docker: Docker,
  folder: StackFolder,
  workload: WorkloadName,
  sight: Sight = {},
): Promise<SeenReplica> {
  const container = await inspect(docker, containerName(folder.stack, workload));
  if (!container) return { replica: { workload, state: 'stopped', reason: 'it is not started' } };
  const { State: state, Config: config } = container;
  if (!state.Running) {
    const reason = `its container has ended with exit code ${state.ExitCode}${state.OOMKilled ? ', out of memory' : ''}`;
    return { replica: { workload, state: 'stopped', reason }, container };
  }
  const answers = !state.Paused && (await isAnswering(container, folder.stack, sight));
  const silent = state.Paused ? 'its container is paused' : 'it does not answer';
  const replica: Replica = {
    workload,
    ...(answers ? { state: 'running' } : { state: 'unresponsive', reason: silent }),
    pid: state.Pid,
    innerPid: 1, // the first process of its container
    startTime: `${container.Id.slice(0, 12)}:${state.StartedAt}`,
    startedAt: new Date(state.StartedAt).toISOString(),
    executable: config.Cmd?.[0] ?? '',
    arguments: config.Cmd ?? [],
    sourceDigest: container.Image as `sha256:${string}`,
    environmentDigest: digestOf(environmentOf(container)),
  };
  return { replica, container };
}

/**
 * Whether a container that runs answers. The guardian cannot reach one that is not on the inner network, which is the
 * simulated venue's: there the daemon's own check of it counts, for all who look.
 */
async function isAnswering(container: Found, stack: string, { reach }: Sight): Promise<boolean> {
  if (container.NetworkSettings.Networks[networkNames(stack).inner]) {
    if (reach) {
      const far = await reach(container);
      return far !== undefined && (await askHealth(far, farSeconds)) !== undefined;
    }
    const address = ownAddress(container, stack);
    return address !== undefined && (await askHealth(address)) !== undefined;
  }
  const health = container.State.Health?.Status;
  return health === undefined || health === 'none' || health === 'healthy';
}

/** Every workload of a stack, and the containers that nothing in the stack accounts for. @throws Error, as above */
export async function seeStack(
  docker: Docker,
  folder: StackFolder,
  sight: Sight = {},
): Promise<{ seen: SeenReplica[]; duplicates: Stray[] }> {
  const [seen, all] = await Promise.all([
    Promise.all(workloadNames.map((workload) => seeWorkload(docker, folder, workload, sight))),
    docker.listContainers(),
  ]);
  const images = new Set(seen.flatMap(({ container }) => container?.Image ?? []));
  const strays = all.filter((container) => isStray(container, folder, images, sight.root));
  const duplicates = await Promise.all(strays.map((stray) => describeStray(docker, stray)));
  return { seen, duplicates };
}

/** Whether a container takes part in a stack that does not know it: by label, network, folder, volume or program. Pure. */
export function isStray(
  container: Docker.ContainerInfo,
  folder: StackFolder,
  images: ReadonlySet<string>,
  root = '',
): boolean {
  const { stack } = folder;
  const names = container.Names.map((name) => name.replace(/^\//, ''));
  if (names.some((name) => containerNames(stack).includes(name))) return false;
  const networks = Object.keys(container.NetworkSettings?.Networks ?? {});
  // Ours that runs for a moment, of our image and without a network: it can neither ask nor be asked.
  const isShutOff = networks.every((name) => name === 'none') && images.has(container.ImageID);
  if (root && isShutOff && names.length > 0 && names.every((name) => isCarrierName(name, stack))) return false;
  const labelled = container.Labels[labelNames.stack];
  if (labelled === stack) return true;
  if (Object.values(networkNames(stack)).some((name) => networks.includes(name))) return true;
  const place = `${root}${stackDir(folder)}/`;
  const volumes = volumeNames(folder);
  const takesPart = ({ Source: source, Name: name }: { Source: string; Name?: string | undefined }) =>
    `${source}/`.startsWith(place) || (name !== undefined && volumes.includes(name));
  if ((container.Mounts ?? []).some(takesPart)) return true;
  // The same programs, and no other stack's: somebody started one by hand.
  return labelled === undefined && images.has(container.ImageID);
}

async function describeStray(
  docker: Docker,
  { Id: id, Names: names, Labels: labels, Command: command }: Docker.ContainerInfo,
): Promise<Stray> {
  const found = await inspect(docker, id);
  const name = names[0]?.replace(/^\//, '') ?? id.slice(0, 12);
  return {
    workload: labels[labelNames.workload] ?? name,
    name: `container ${name} (${id.slice(0, 12)})`,
    arguments: found?.Config.Cmd ?? [command],
  };
}
