import { CutoverError } from '../../errors';

/** Whether an error says that a platform cannot be reached, which may pass; not that it lets nobody look, which may not. */
export function isAway(error: unknown): boolean {
  return error instanceof CutoverError && error.code === 'cluster_unreachable';
}
