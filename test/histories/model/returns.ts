import { inPaper, type Point } from './point';
import { isSame, type Proof } from './proof';
import { returnWindowMs, toleranceMs } from './rules';
import { type Sight, type State, wayOf } from './state';

/**
 * Whether what is asked for takes back the rise that stands: to its direct predecessor, within the window, once, undoing
 * no fall, with nothing that has failed or that nobody can read since. An open halt, or what else stands against any rise,
 * is not looked at here.
 */
export function mayReturn({ now, proofs, files }: State, { standing, newest, returned }: Sight, to: Point): boolean {
  const before = standing?.before;
  if (!standing || !before || !isSame(before.point, to)) return false;
  const { point: from, grantedAt, isReturn } = standing;
  const lowered = to.agents > from.agents || to.limit > from.limit || to.threshold > from.threshold;
  const held = [...files.values()];
  const ids = new Set(held.filter(({ bytes }) => bytes === 'counting').map(({ proof }) => proof));
  const failed = proofs.some(
    (proof) =>
      ids.has(proof.id) && !proof.passed && speaksOf(proof, to) && proof.measuredAt >= before.grantedAt - toleranceMs,
  );
  return (
    !isReturn &&
    !returned.has(wayOf(from, to)) &&
    Math.max(now, newest) <= grantedAt + returnWindowMs &&
    !lowered &&
    !failed &&
    held.every(({ bytes }) => bytes !== 'rejected')
  );
}

/** A drill speaks of a system of its own: only by what it is for. */
function speaksOf({ kind, target, subject }: Proof, to: Point): boolean {
  return isSame(target, to) || (kind !== 'drill' && (isSame(subject, to) || isSame(subject, inPaper(to))));
}
