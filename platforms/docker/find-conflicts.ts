import type Docker from 'dockerode';
import type { StackPlace, WorkloadSpec } from '../platform';
import { dataDir } from '../process/home';
import { findListener, isPortFree } from '../process/ports';
import { inspect } from './client';
import { containerName } from './names';
import { environmentOf } from './observe';

type Found = Docker.ContainerInspectInfo;

/**
 * What would keep a stack's containers from being started, as sentences: names that another project's stack has on this
 * daemon, ports that somebody else listens on. @throws Error when the daemon fails
 */
export async function findConflicts(
  docker: Docker,
  place: StackPlace,
  specs: readonly WorkloadSpec[],
): Promise<string[]> {
  const found = await Promise.all(
    specs.map(async ({ name, port }) => {
      const container = await inspect(docker, containerName(place.stack, name));
      const stranger = container && describeStranger(container, place, name);
      if (stranger) return stranger;
      if (await isPortFree(port, '127.0.0.1')) return undefined;
      if (container?.State.Running && publishes(container, port)) return undefined;
      const listener = findListener(port, '127.0.0.1');
      const owner = listener === undefined ? 'another process' : `PID ${listener}`;
      return `expected port ${port} to be free for ${name}, but ${owner} listens there; stop it, or set cutover:ports.${name} to another port`;
    }),
  );
  return found.filter((conflict) => conflict !== undefined);
}

/** A container is another project's where it keeps its data in another place. */
function describeStranger(container: Found, place: StackPlace, workload: WorkloadSpec['name']): string | undefined {
  const { DATA_DIR: folder } = environmentOf(container);
  if (folder === dataDir(place, workload)) return undefined;
  const owner = folder === undefined ? 'keeps no data of a stack' : `keeps its data in ${folder}`;
  return `expected no container ${containerName(place.stack, workload)} but this project's own, received one that ${owner}; end it with the project that it belongs to, or name this stack otherwise (--stack)`;
}

function publishes({ NetworkSettings: network }: Found, port: number): boolean {
  const ports: Record<string, { HostPort: string }[] | null> = network.Ports ?? {};
  return Object.values(ports).some((bindings) => bindings?.some(({ HostPort: own }) => own === String(port)));
}
