import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import type { WorkloadName } from '../../posture/posture';
import { writeAtomically } from './atomic-file';
import { recordFile, type StackFolder } from './home';

const schema = z.object({
  pid: z.int().positive(),
  startTime: z.string(),
  startedAt: z.string(),
  port: z.int(),
  /** Digest of the inputs that the process was started with. */
  inputs: z.string(),
  command: z.array(z.string()),
});

/** What was started for a workload. A process is identified by PID *and* start time, since PIDs are used again. */
export type ProcessRecord = z.output<typeof schema>;

/** @returns undefined where nothing was started, or the record is not whole */
export function readRecord(folder: StackFolder, workload: WorkloadName): ProcessRecord | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(recordFile(folder, workload), 'utf8')));
  } catch {
    return undefined; // found again by its environment: see findMarked
  }
}

export function writeRecord(folder: StackFolder, workload: WorkloadName, record: ProcessRecord): void {
  writeAtomically(recordFile(folder, workload), `${JSON.stringify(record, null, 2)}\n`);
}

export function removeRecord(folder: StackFolder, workload: WorkloadName): void {
  rmSync(recordFile(folder, workload), { force: true });
}
