import type Docker from 'dockerode';
import { digestOf } from '../../posture/digest';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import type { Replica, Stray } from '../platform';
import { askHealth } from '../process/health';
import { type StackFolder, stackDir } from '../process/home';
import { inspect } from './client';
import { containerName, containerNames, labelNames, networkNames, volumeNames } from './names';

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

/** Looks at one workload's container. @throws Error when the daemon fails */
export async function seeWorkload(docker: Docker, folder: StackFolder, workload: WorkloadName): Promise<SeenReplica> {
  const container = await inspect(docker, containerName(folder.stack, workload));
  if (!container) return { replica: { workload, state: 'stopped', reason: 'it is not started' } };
  const { State: state, Config: config } = container;
  if (!state.Running) {
    const reason = `its container has ended with exit code ${state.ExitCode}${state.OOMKilled ? ', out of memory' : ''}`;
    return { replica: { workload, state: 'stopped', reason }, container };
  }
  const answers = !state.Paused && (await isAnswering(container, folder.stack));
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
async function isAnswering(container: Found, stack: string): Promise<boolean> {
  if (container.NetworkSettings.Networks[networkNames(stack).inner]) {
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
): Promise<{ seen: SeenReplica[]; duplicates: Stray[] }> {
  const [seen, all] = await Promise.all([
    Promise.all(workloadNames.map((workload) => seeWorkload(docker, folder, workload))),
    docker.listContainers(),
  ]);
  const images = new Set(seen.flatMap(({ container }) => container?.Image ?? []));
  const strays = all.filter((container) => isStray(container, folder, images));
  const duplicates = await Promise.all(strays.map((stray) => describeStray(docker, stray)));
  return { seen, duplicates };
}

/** Whether a container takes part in a stack that does not know it: by label, network, folder, volume or program. Pure. */
export function isStray(container: Docker.ContainerInfo, folder: StackFolder, images: ReadonlySet<string>): boolean {
  const { stack } = folder;
  const names = container.Names.map((name) => name.replace(/^\//, ''));
  if (names.some((name) => containerNames(stack).includes(name))) return false;
  const labelled = container.Labels[labelNames.stack];
  if (labelled === stack) return true;
  const networks = Object.keys(container.NetworkSettings?.Networks ?? {});
  if (Object.values(networkNames(stack)).some((name) => networks.includes(name))) return true;
  const place = `${stackDir(folder)}/`;
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
