import { hereOperations, listFiles } from '../here';
import type { Operations, StackPlace } from '../platform';
import { isAlive, readCommand } from '../process-identity';
import { dataDir, logDir } from './home';
import { processHost } from './host';
import { createProcessObserver } from './observe';
import { observePosture } from './observe-posture';
import { findListener } from './ports';
import { readRecord } from './record';
import { runBeside } from './run-beside';
import { describePortConflict } from './start';
import { findMarked, stopWorkload } from './stop';
import { processInputs } from './view';

/** The operators' side of the process platform: all of it from the stack's folder and `/proc`. */
export function createProcessOperations(place: StackPlace): Operations {
  const observer = createProcessObserver(place, processHost);
  return {
    ...observer,
    observePosture: () => observePosture(place, observer),
    sharesProcesses: true,
    ...hereOperations((workload) => dataDir(place, workload)),
    keptIn: place.home,
    runBeside: (workload, args) => runBeside(place, workload, args),
    ownAddressOf: async (workload) => {
      const record = readRecord(place, workload);
      const own = record && isAlive(record) && findListener(record.port, processHost, record.pid) === record.pid;
      return own ? `http://${processHost}:${record.port}` : undefined;
    },
    addressOf: async (workload) => {
      const record = readRecord(place, workload);
      return record && `http://${processHost}:${record.port}`;
    },
    dataOf: (workload) => dataDir(place, workload),
    logsOf: (workload) => listFiles(logDir(place, workload)),
    stop: (workload) => stopWorkload(place, workload),
    remainsOf: async (workload) =>
      findMarked(place, workload).map(({ pid }) => `PID ${pid} (${(readCommand(pid) ?? []).join(' ')})`),
    findConflicts: async (specs, view) => {
      const found = await Promise.all(specs.map((spec) => describePortConflict(processInputs(spec, place, view))));
      return found.flatMap((sentence) => (sentence === undefined ? [] : [{ code: 'port_taken', sentence }]));
    },
  };
}
