import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { WorkloadName } from '../posture/posture';
import type { Operations } from './platform';

/**
 * What there is to do where data and logs of the workloads are folders of this machine: next to nothing.
 * @param giveTo gives a folder that was written to here to the user of the workloads, where that is another
 */
export function hereOperations(
  dataOf: (workload: WorkloadName) => string,
  giveTo: (folder: string) => void = () => {},
): Pick<
  Operations,
  | 'fetchData'
  | 'fetchLogs'
  | 'handOver'
  | 'change'
  | 'fetchEvidence'
  | 'announce'
  | 'findObstacles'
  | 'findUnsettled'
  | 'retryStarts'
> {
  return {
    fetchData: async () => {},
    fetchLogs: async () => {},
    fetchEvidence: async () => {},
    announce: async () => {},
    // What is started here is started at once, or says why not.
    findObstacles: async () => [],
    findUnsettled: async () => [],
    retryStarts: async () => {},
    handOver: async (workload) => giveTo(dataOf(workload)),
    change: async (workload, change, input) => {
      const folder = dataOf(workload);
      const output = change.make(folder, input);
      giveTo(folder);
      return output;
    },
  };
}

/** The files of a folder; none where there is none yet. */
export function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return []; // nothing was started yet
  }
}
