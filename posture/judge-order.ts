import { beganAt, type JudgedKind } from './judge-evidence';
import type { Evidence } from './proof';

/**
 * Of the soaks that count, those that began when a watch that counts was over: the short look says whether the long one
 * may be tried at all.
 * @param watches those that count; none where none is needed, or where none counts, which is said of the watch
 */
export function judgeOrder(watches: readonly Evidence[], soaks: JudgedKind): JudgedKind {
  if ('flaws' in soaks || watches.length === 0) return soaks;
  const earliest = Math.min(...watches.map(({ measuredAt }) => measuredAt));
  const after = soaks.counting.filter((soak) => beganAt(soak) >= earliest);
  if (after.length > 0) return { counting: after };
  const { name } = soaks.counting[0]!;
  return { flaws: [{ code: 'before_watch', reason: 'soak began before the watch was over', name }] };
}
