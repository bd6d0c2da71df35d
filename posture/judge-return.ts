import type { DecisionInput, Return } from './decision';
import { digestTransition } from './judge-approval';
import { clockToleranceMs, digestInPaper } from './judge-evidence';
import { digestPosture, hasDigest, type Posture } from './posture';
import type { LedgerView, RejectedEvidence, StandingGrant, TrustRoot } from './proof';
import type { Reason } from './reason';
import { type Change, splitTransition } from './transition';

/** The longest that a return is possible after the grant that it takes back, milliseconds. A trust root may allow less. */
export const longestReturnMs = 24 * 60 * 60 * 1000;

/** How long after a grant a return from it is possible, milliseconds. */
export function returnWindowMs({ rollbackWindowSeconds }: Pick<TrustRoot, 'rollbackWindowSeconds'>): number {
  return Math.min((rollbackWindowSeconds ?? Number.POSITIVE_INFINITY) * 1000, longestReturnMs);
}

/** A return that was asked for, with every reason why it is none. */
export interface JudgedReturn {
  readonly return: Return;
  readonly reasons: readonly Reason[];
}

/**
 * Judges whether a transition is a return: from the standing live grant to the one that it directly replaced, within the
 * window, once, undoing rises only, with nothing that has failed there since. What else stands against a rise (an open
 * halt, a ledger or trust root that cannot be used) is not looked at here, and stands against a return as well.
 * @param rises those of the transition
 * @returns null where another posture than the one before is asked for, or none is known
 */
export function judgeReturn(input: DecisionInput, rises: readonly Change[]): JudgedReturn | null {
  const { from, to, ledger, trustRoot } = input;
  if (from === null || !ledger.readable || trustRoot === null) return null;
  const { standing } = ledger;
  const before = standing?.predecessor;
  if (!standing || !before || !isSame(standing.posture, from) || !isSame(before.posture, to)) return null;
  if (from.tradingMode !== 'live' || to.tradingMode !== 'live') return null;
  const until = standing.grantedAt + returnWindowMs(trustRoot);
  return {
    return: { grantedAt: before.grantedAt, until },
    reasons: [
      ...judgeRepetition(standing, ledger, from, to),
      ...judgeWindow(until, Math.max(input.now, ledger.newestTime)),
      ...findUndoneFalls(from, to, rises).map(({ what }) => ({
        code: 'return_of_fall',
        message: `a return undoes rises only, and ${what} was lowered`,
      })),
      ...input.evidence.filter((one) => !one.passed && speaksOf(one, to) && isSince(one, before.grantedAt)).map(failed),
      ...input.rejected.filter(mayBeVerdict).map(unknown),
    ],
  };
}

/** The rises of a transition that undo no rise of the way there: a limit, say, that was lowered then. */
export function findUndoneFalls(from: Posture, to: Posture, rises: readonly Change[]): Change[] {
  const risen = splitTransition(to, from).rises.map(({ what }) => what);
  return rises.filter(({ what }) => !risen.includes(what));
}

function judgeRepetition(
  { isReturn }: StandingGrant,
  { returned }: LedgerView & { readable: true },
  from: Posture,
  to: Posture,
): Reason[] {
  const reasons: Reason[] = [];
  if (isReturn) reasons.push({ code: 'return_of_return', message: 'what stands was itself granted as a return' });
  if (returned?.has(digestTransition(from, to)))
    reasons.push({ code: 'return_repeated', message: 'this return was made before, and is allowed once' });
  return reasons;
}

function judgeWindow(until: number, now: number): Reason[] {
  // Written so that a time that is no number does not pass.
  if (now <= until) return [];
  const seconds = Math.ceil((now - until) / 1000);
  return [{ code: 'return_window_over', message: `the time for a return was over ${seconds} s ago` }];
}

type Verdict = DecisionInput['evidence'][number];

/** Whether an evidence is about a posture: made for it, or measured on it, live or in paper. */
function speaksOf({ target, measured }: Verdict, posture: Posture): boolean {
  const digest = digestPosture(posture);
  return target === digest || measured === digest || measured === digestInPaper(posture);
}

/** Whose clock says that it was before the grant may be behind by the tolerance. */
const isSince = ({ measuredAt }: Verdict, grantedAt: number) => !(measuredAt < grantedAt - clockToleranceMs);

const failed = ({ kind, name }: Verdict): Reason => ({
  code: 'return_after_fail',
  message: `a ${kind} of what is gone back to has failed since it was granted`,
  file: name,
});

/** What nobody of ours has signed is nobody's verdict; anything else that does not count may be a fail. */
const mayBeVerdict = ({ code }: RejectedEvidence) => code !== 'unknown_key';

const unknown = ({ name, reason }: RejectedEvidence): Reason => ({
  code: 'return_unsure',
  message: `whether anything has failed since cannot be told: ${reason}`,
  file: name,
});

const isSame = (one: Posture, other: Posture) =>
  hasDigest(one) && hasDigest(other) && digestPosture(one) === digestPosture(other);
