import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dataDir } from '../../platforms/process/home';
import { processHost } from '../../platforms/process/host';
import type { ProcessInputs } from '../../platforms/process/start';
import { stopWorkload } from '../../platforms/process/stop';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { freePort } from './free-port';

const fixture = path.resolve(__dirname, '../fixtures/tiny-workload.js');

/** A folder in which workloads that are nothing but a health answer run as real processes. */
export interface TinyStack {
  readonly home: string;
  readonly stack: string;
  /** The inputs of a workload that listens on a free port. */
  inputsOf(workload: WorkloadName): Promise<ProcessInputs>;
  /** Ends every process and removes the folder. */
  destroy(): Promise<void>;
}

export function makeTinyStack(stack = 'test'): TinyStack {
  const home = mkdtempSync(path.join(tmpdir(), 'cutover-tiny-'));
  const folder = { home, stack };
  return {
    ...folder,
    inputsOf: async (workload) => {
      const port = await freePort();
      return {
        ...folder,
        workload,
        command: [process.execPath, fixture],
        cwd: home,
        host: processHost,
        port,
        environment: {
          HOST: processHost,
          PORT: String(port),
          DATA_DIR: dataDir(folder, workload),
          CUTOVER_SLICE: 'sha256:1',
        },
        secrets: [],
        source: 'sha256:2',
      };
    },
    destroy: async () => {
      for (const workload of workloadNames) await stopWorkload(folder, workload);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
