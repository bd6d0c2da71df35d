import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { EngineSession } from './engine-session';
import type { Project } from './project';

const checkpoint = z.object({
  checkpoint: z.object({ latest: z.object({ pending_operations: z.array(z.unknown()).optional() }).optional() }),
});

/**
 * Whether a stack's state holds operations that a run had begun when it was killed. Looks at state in a local folder
 * only, in which to look costs nothing.
 */
export function hasPendingOperations(
  project: Pick<Project, 'stack'>,
  { environment }: Pick<EngineSession, 'environment'>,
): boolean {
  const url = environment.PULUMI_BACKEND_URL ?? '';
  if (!url.startsWith('file://')) return false;
  const file = path.join(url.slice('file://'.length), '.pulumi', 'stacks', 'cutover', `${project.stack}.json`);
  try {
    const { latest } = checkpoint.parse(JSON.parse(readFileSync(file, 'utf8'))).checkpoint;
    return (latest?.pending_operations ?? []).length > 0;
  } catch {
    return false; // no state yet, or one that only the engine can read
  }
}
