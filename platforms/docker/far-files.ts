import type Docker from 'dockerode';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import type { WorkloadName } from '../../posture/posture';
import { changeInside, type InsidePlace, keepInside, sendInside } from '../inside';
import { fetchInto } from '../kubernetes/fetch';
import type { DataChange, Operations, StackPlace } from '../platform';
import { dataDir, logDir } from '../process/home';
import { runCarrier } from './carrier';
import { inspect } from './client';
import { follow, startExec } from './exec';
import { containerName, shippedCommand } from './names';
import { isShipped } from './observe';
import type { DockerRecord } from './record';

type FarRecord = DockerRecord & { readonly remote: NonNullable<DockerRecord['remote']> };

/** Whether a stack was brought up on another host. */
export const isFar = (record: DockerRecord | undefined): record is FarRecord => record?.remote !== undefined;

/**
 * What there is to do where data and logs of the workloads are on another host: copies are fetched, changes are made there.
 * For a workload that runs a program of ours by another one beside it; for any other in a container of ours over its
 * folder, so that a halt is latched also where the gateway does not run.
 */
export function farFiles(
  docker: Docker,
  place: StackPlace,
  record: FarRecord,
): Pick<Operations, 'fetchData' | 'fetchLogs' | 'handOver' | 'change'> {
  const { root, image } = record.remote;
  const unreachable = (workload: WorkloadName, why: string) =>
    new CutoverError('data_unreachable', `the data of ${workload} is on another host, ${record.daemon}: ${why}`, {
      exitCode: exitCodes.missing,
      details: ['cutover status says what is wrong there'],
    });
  const asked = async <T>(workload: WorkloadName, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      throw error instanceof CutoverError ? error : unreachable(workload, messageOf(error));
    }
  };

  const find = (workload: WorkloadName) => asked(workload, () => inspect(docker, containerName(place.stack, workload)));

  /** @param folder the workload's own, in which programs are to work */
  const reach = async (workload: WorkloadName, folder: string): Promise<InsidePlace> => {
    const found = await find(workload);
    const isOpen = found?.State.Running === true && !found.State.Paused && isShipped(found);
    return {
      unreachable: (why) => unreachable(workload, why),
      run: (entry, args, options) =>
        asked(workload, async () => {
          const command = shippedCommand(entry, ...args);
          if (isOpen) return follow(docker, await startExec(docker, found.Id, command), options);
          const mounts = [{ Type: 'bind', Source: `${root}${folder}`, Target: folder }] as const;
          const environment = { DATA_DIR: folder };
          const carrier = { stack: place.stack, image, user: `${record.uid}:${record.gid}`, mounts, environment };
          return runCarrier(docker, carrier, command, options);
        }),
    };
  };
  const copy = async (workload: WorkloadName, folder: string): Promise<void> => {
    const there = await reach(workload, folder);
    await fetchInto(folder, (known, archive) => sendInside(there, folder, known, archive));
  };

  return {
    fetchData: (workload) => copy(workload, dataDir(place, workload)),
    fetchLogs: async (workload, wasStopped) => {
      const folder = logDir(place, workload);
      // Where nothing runs nothing is written.
      if (wasStopped || (await find(workload))?.State.Running) await copy(workload, folder);
    },
    handOver: async (workload, files) => {
      const folder = dataDir(place, workload);
      await keepInside(await reach(workload, folder), workload, folder, files);
    },
    change: async <Input, Output>(workload: WorkloadName, change: DataChange<Input, Output>, input: Input) =>
      changeInside(await reach(workload, dataDir(place, workload)), change, input),
  };
}
