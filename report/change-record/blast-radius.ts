import { type Posture, type WorkloadName, workloadNames } from '../../posture/posture';
import { digestSlice } from '../../posture/slice';
import type { PlatformName } from './input';

/** What becomes of a workload that a change touches, in the words of docs/platforms.md. */
export type WorkloadOperation = 'start' | 'restart' | 'replace' | 'roll';

export interface BlastRadius {
  readonly platform: PlatformName;
  /** Set where the base runs on another platform: what runs there is not touched by an `up`. */
  readonly leaves: PlatformName | null;
  readonly touched: readonly { readonly workload: WorkloadName; readonly operation: WorkloadOperation }[];
  /** False where the base cannot be read: then any of these may be touched, or none. */
  readonly known: boolean;
  /** What goes on through the change. */
  readonly untouched: readonly WorkloadName[];
}

/**
 * Which workloads a change of posture restarts, replaces or rolls: those whose slice changes (posture/slice.ts). It is
 * said of the two configs; what the engine finds may be more.
 * @param before null where nothing was before: then everything starts
 * @param known false where something was before, and cannot be read
 */
export function findBlastRadius(
  before: Posture | null,
  after: Posture,
  platform: { readonly before: PlatformName | null; readonly after: PlatformName },
  known = true,
): BlastRadius {
  const moves = platform.before !== null && platform.before !== platform.after;
  const starts = moves || (before === null && known);
  const touched = workloadNames
    .filter((workload) => moves || before === null || isTouched(before, after, workload))
    .map((workload) => ({ workload, operation: starts ? 'start' : operationOn(platform.after, workload) }) as const);
  const names = new Set<WorkloadName>(touched.map(({ workload }) => workload));
  return {
    platform: platform.after,
    leaves: moves ? platform.before : null,
    touched,
    known,
    untouched: workloadNames.filter((workload) => !names.has(workload)),
  };
}

function isTouched(before: Posture, after: Posture, workload: WorkloadName): boolean {
  try {
    return digestSlice(before, workload) !== digestSlice(after, workload);
  } catch {
    return true; // no JSON, so nothing that could be the same
  }
}

function operationOn(platform: PlatformName, workload: WorkloadName): WorkloadOperation {
  if (platform === 'docker') return 'replace';
  return platform === 'kubernetes' && workload === 'model-service' ? 'roll' : 'restart';
}
