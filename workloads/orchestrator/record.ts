import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../../platforms/process/atomic-file';

const agentSchema = z.object({
  name: z.string(),
  pid: z.int().positive().nullable(),
  startTime: z.string().nullable(),
  state: z.enum(['running', 'backoff', 'stopped']),
  restarts: z.int().nonnegative(),
  startedAt: z.string().nullable(),
  script: z.string(),
});

const recordSchema = z.object({
  orchestrator: z.object({ pid: z.int().positive(), startTime: z.string() }),
  slice: z.string(),
  version: z.string(),
  agents: z.array(agentSchema),
});

/** An agent as the orchestrator last knew it. `pid` and `startTime` are null while none of its processes runs. */
export type AgentRecord = z.output<typeof agentSchema>;

/** What the orchestrator runs, kept on disk for `status`, for `stop`, and for the next orchestrator after a crash. */
export type RunRecord = z.output<typeof recordSchema>;

export const recordFile = (dataDir: string) => path.join(dataDir, 'agents.json');

/** @returns undefined where nothing was run yet, or the file is not whole */
export function readRecord(dataDir: string): RunRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(recordFile(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeRecord(dataDir: string, record: RunRecord): void {
  writeAtomically(recordFile(dataDir), `${JSON.stringify(record, null, 2)}\n`);
}
