import { hereOperations, listFiles } from '../here';
import type { Operations, StackPlace } from '../platform';
import { dataDir, logDir } from '../process/home';
import { connect, inspect } from './client';
import { currentDaemon, isRemote } from './daemon';
import { farFiles, isFar } from './far-files';
import { findConflicts } from './find-conflicts';
import { findHost } from './host';
import { containerName } from './names';
import { ownAddress, type Sight, seeStack } from './observe';
import { observeDockerPosture } from './observe-posture';
import { giveTo } from './owner';
import { type DockerRecord, recordedDaemon } from './record';
import { runInside } from './run-inside';
import { Tunnels } from './tunnel';

/** How long a container may take to end by itself, seconds; then it is killed. */
const graceSeconds = 6;

/**
 * The operators' side of a stack on Docker: the daemon, and the stack's folders on this machine, or copies of those on the
 * daemon's.
 * @param isComingUp whether it is about to be brought up, on the daemon of DOCKER_HOST; else it is where it was recorded
 */
export function createDockerOperations(
  place: StackPlace,
  record: DockerRecord | undefined,
  isComingUp: boolean,
): Operations {
  // The guardian asks from inside the stack's network, where names and not published ports are, through its proxy.
  const isInside = process.env.CUTOVER_PLATFORM === 'docker';
  const daemon = isInside || isComingUp ? undefined : recordedDaemon(record);
  const docker = connect(daemon);
  const isElsewhere = !isInside && isRemote(daemon ?? currentDaemon());
  const tunnels = isElsewhere ? new Tunnels(docker, place.stack) : undefined;
  const root = isInside ? process.env.CUTOVER_HOST_ROOT : findHost(place).root;
  const sight: Sight = {
    ...(tunnels ? { reach: (container) => tunnels.toContainer(container) } : {}),
    ...(root ? { root } : {}),
  };
  const find = (workload: string) => inspect(docker, containerName(place.stack, workload));
  return {
    ...hereOperations(
      (workload) => dataDir(place, workload),
      (folder) => record && giveTo(record, folder),
    ),
    ...(!isInside && isFar(record) ? farFiles(docker, place, record) : {}),
    keptIn: isElsewhere ? `${root} on ${(daemon ?? currentDaemon()).address}` : place.home,
    sharesProcesses: false,
    observe: async () => {
      const { seen, duplicates } = await seeStack(docker, place, sight);
      return { replicas: seen.map(({ replica }) => replica), duplicates };
    },
    observePosture: () => observeDockerPosture(docker, place, sight),
    addressOf: async (workload) => {
      if (!record) return undefined;
      if (tunnels) return tunnels.to(workload, () => find(workload));
      return `http://${isInside ? workload : '127.0.0.1'}:${record.ports[workload]}`;
    },
    ownAddressOf: async (workload) => {
      const container = await find(workload).catch(() => undefined);
      if (!container || !tunnels) return container && ownAddress(container, place.stack);
      return container.State.Running ? tunnels.toContainer(container) : undefined;
    },
    dataOf: (workload) => dataDir(place, workload),
    logsOf: (workload) => listFiles(logDir(place, workload)),
    runBeside: async (workload, args) => {
      const container = await find(workload);
      if (!container?.State.Running) throw new Error(`no ${workload} runs`);
      const [program = '', ...own] = container.Config.Cmd ?? [];
      return runInside(docker, container.Id, [program, ...args(own)]);
    },
    stop: async (workload) => {
      const container = await find(workload);
      if (container?.State.Running) await docker.getContainer(container.Id).stop({ t: graceSeconds });
    },
    remainsOf: async (workload) => {
      const container = await find(workload);
      return container?.State.Running
        ? [`container ${containerName(place.stack, workload)} (${(container.Config.Cmd ?? []).join(' ')})`]
        : [];
    },
    findConflicts: (specs) => findConflicts(docker, place, specs, isElsewhere),
  };
}
