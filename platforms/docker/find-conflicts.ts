import type Docker from 'dockerode';
import type { Conflict, StackPlace, WorkloadSpec } from '../platform';
import { dataDir } from '../process/home';
import { findListener, isPortFree } from '../process/ports';
import { inspect } from './client';
import { containerName, labelNames, networkNames, proxyName } from './names';
import { environmentOf } from './observe';

type Found = Docker.ContainerInspectInfo;
type Labels = Readonly<Record<string, string>> | undefined;

/**
 * What would keep a stack's containers from being started: names that something else has on this daemon, ports that
 * somebody else listens on.
 * @param isElsewhere whether the daemon is on another host, where only its own containers' ports can be known
 * @throws Error when the daemon fails
 */
export async function findConflicts(
  docker: Docker,
  place: StackPlace,
  specs: readonly WorkloadSpec[],
  isElsewhere = false,
): Promise<Conflict[]> {
  const names = await findTakenNames(docker, place, specs);
  const running = isElsewhere ? await docker.listContainers() : [];
  const look = (spec: WorkloadSpec) =>
    isElsewhere ? describePublished(running, place, spec) : describePort(docker, place, spec);
  const ports = await Promise.all(specs.map(look));
  return [
    ...names.map((sentence) => ({ code: 'name_taken' as const, sentence })),
    ...ports.flatMap((sentence) => (sentence === undefined ? [] : [{ code: 'port_taken' as const, sentence }])),
  ];
}

async function findTakenNames(docker: Docker, place: StackPlace, specs: readonly WorkloadSpec[]): Promise<string[]> {
  const { stack } = place;
  const containers = specs.map(async ({ name: workload }) => {
    const name = containerName(stack, workload);
    const found = await inspect(docker, name);
    // A container is another project's where it keeps its data in another place.
    return found && environmentOf(found).DATA_DIR !== dataDir(place, workload) && describeContainer(name, found);
  });
  const proxy = containerName(stack, proxyName);
  // These are made and removed together with the others: that they are of a stack of this name is enough.
  const others = [
    inspect(docker, proxy).then(
      (found) => found && !isOf(stack, found.Config.Labels) && describeContainer(proxy, found),
    ),
    ...Object.values(networkNames(stack)).map(async (name) => {
      const found = await findNetwork(docker, name);
      return (
        found &&
        !isOf(stack, found.Labels) &&
        describe('network', name, 'that is no part of Cutover', `remove it (docker network rm ${name})`)
      );
    }),
  ];
  return (await Promise.all([...containers, ...others])).filter((message) => typeof message === 'string');
}

const isOf = (stack: string, labels: Labels): boolean => labels?.[labelNames.stack] === stack;

function describeContainer(name: string, found: Found): string {
  const { DATA_DIR: folder } = environmentOf(found);
  return folder === undefined
    ? describe('container', name, 'that is no part of Cutover', `remove it (docker rm ${name})`)
    : describe('container', name, `that keeps its data in ${folder}`, 'end it with the project that it belongs to');
}

const describe = (what: string, name: string, whose: string, wayOut: string): string =>
  `expected no ${what} ${name} but this project's own, received one ${whose}; ${wayOut}, or name this stack otherwise (--stack)`;

async function describePort(
  docker: Docker,
  place: StackPlace,
  { name, port }: WorkloadSpec,
): Promise<string | undefined> {
  if (await isPortFree(port, '127.0.0.1')) return undefined;
  const container = await inspect(docker, containerName(place.stack, name));
  if (container?.State.Running && publishes(container, port)) return undefined;
  const listener = findListener(port, '127.0.0.1');
  const owner = listener === undefined ? 'another process' : `PID ${listener}`;
  return portTaken(name, port, owner);
}

function describePublished(
  running: readonly Docker.ContainerInfo[],
  { stack }: StackPlace,
  { name, port }: WorkloadSpec,
): string | undefined {
  const own = `/${containerName(stack, name)}`;
  const other = running.find(
    ({ Names: names, Ports: ports }) => !names.includes(own) && ports.some(({ PublicPort: at }) => at === port),
  );
  return other && portTaken(name, port, `container ${other.Names[0]?.slice(1) ?? other.Id}`);
}

const portTaken = (name: string, port: number, owner: string): string =>
  `expected port ${port} to be free for ${name}, but ${owner} listens there; stop it, or set cutover:ports.${name} to another port`;

async function findNetwork(docker: Docker, name: string): Promise<Docker.NetworkInspectInfo | undefined> {
  try {
    return await docker.getNetwork(name).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

function publishes({ NetworkSettings: network }: Found, port: number): boolean {
  const ports: Record<string, { HostPort: string }[] | null> = network.Ports ?? {};
  return Object.values(ports).some((bindings) => bindings?.some(({ HostPort: own }) => own === String(port)));
}
