import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { hereOperations } from '../../platforms/here';
import type { Operations } from '../../platforms/platform';
import type { WorkloadName } from '../../posture/posture';

/** Operations on a folder where nothing runs, which records what is stopped. Methods can be replaced. */
export function fakeOperations(
  folder: string,
  replaced: Partial<Operations> = {},
): Operations & { stopped: WorkloadName[] } {
  const stopped: WorkloadName[] = [];
  const dataOf = (workload: WorkloadName) => path.join(folder, workload, 'data');
  mkdirSync(dataOf('orchestrator'), { recursive: true });
  const operations: ReturnType<typeof fakeOperations> = {
    stopped,
    addressOf: async () => undefined,
    ownAddressOf: async () => undefined,
    observePosture: async () => ({ replicas: [], duplicates: [], posture: null, reason: 'nothing runs' }),
    dataOf,
    logsOf: () => [],
    stop: async (workload) => void stopped.push(workload),
    remainsOf: async () => [],
    sharesProcesses: true,
    ...hereOperations((workload) => operations.dataOf(workload)),
    keptIn: folder,
    runBeside: async () => ({ exitCode: 0, stdout: '' }),
    findConflicts: async () => [],
    observe: async () => ({ replicas: [], duplicates: [] }),
    ...replaced,
  };
  return operations;
}
