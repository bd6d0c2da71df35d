import { type Decision, type DecisionInput, decide } from '../decide';
import { onlyAgainstReturn } from '../describe-decision';
import { gateOf } from '../gates';
import { digestPosture, hasDigest, type Posture } from '../posture';
import type { LedgerView } from '../proof';
import { type Change, splitTransition } from '../transition';
import { explainGate, explainNotNeeded, isOfKind } from './explain-gate';
import { explainReason, explainRejected } from './explain-reason';
import type {
  ExplainedChange,
  ExplainedGate,
  ExplainedLedger,
  ExplainedReason,
  Explanation,
  Side,
} from './explanation';
import { worstFirst } from './reason-codes';

/**
 * Explains a decision: every change, every proof, every file. It decides nothing: verdict and reasons are the
 * decision's own. Pure and total.
 * @param before the posture to compare with where the decision was made from none: that of another revision, in paper
 */
export function explain(
  input: DecisionInput,
  decision: Decision = decide(input),
  before: Posture | null = input.from,
): Explanation {
  const { to, ledger, trustRoot } = input;
  const judgedAt = Math.max(input.now, ledger.readable ? ledger.newestTime : input.now);
  const gates = decision.needs.map((kind) => explainGate(kind, input, decision, judgedAt));
  return {
    stack: to.stack,
    verdict: decision.verdict,
    from: before && sideOf(before),
    to: sideOf(to),
    judgedAt,
    changes: explainChanges(decision, before, to),
    reasons: worstFirst(decision.reasons).map(explainReason),
    return: decision.return,
    againstReturn: onlyAgainstReturn(decision).map(explainReason),
    gates,
    holdsUntil: decision.return ? decision.return.until : decision.verdict === 'allow' ? earliestExpiry(gates) : null,
    warnings: worstFirst([...findGroundWarnings(input, decision), ...findFileWarnings(input, decision)]),
    notNeeded: explainNotNeeded(input, decision),
    ledger: explainLedger(ledger),
    trustRoot: trustRoot && { version: trustRoot.version },
  };
}

const sideOf = (posture: Posture): Side => ({
  tradingMode: posture.tradingMode,
  posture: hasDigest(posture) ? digestPosture(posture) : null,
});

function explainChanges({ rises, falls }: Decision, before: Posture | null, to: Posture): ExplainedChange[] {
  const tell = (direction: 'rise' | 'fall', judged: boolean) => (change: Change) => {
    const { dimension, what, from, to } = change;
    const proofs = judged && direction === 'rise' ? gateOf(change).needs : [];
    return { dimension, what, from, to, direction, proofs, judged };
  };
  const judged = [...rises.map(tell('rise', true)), ...falls.map(tell('fall', true))];
  if (before === null || (before.tradingMode === 'live' && to.tradingMode === 'live')) return judged;
  // Beside the mode: as the differences would be if both were live.
  const asLive = (posture: Posture): Posture => ({ ...posture, tradingMode: 'live' });
  const others = splitTransition(asLive(before), asLive(to));
  return [...judged, ...others.rises.map(tell('rise', false)), ...others.falls.map(tell('fall', false))];
}

function earliestExpiry(gates: readonly ExplainedGate[]): number | null {
  const ends = gates.flatMap(({ counted }) => (counted ? counted.expiresAt : []));
  return ends.length === 0 ? null : Math.min(...ends);
}

/** What would refuse a rise on these grounds, told of a change that has none. */
function findGroundWarnings(input: DecisionInput, { rises }: Decision): ExplainedReason[] {
  if (rises.length > 0) return [];
  const asRise = {
    ...input,
    from: null,
    to: { ...input.to, tradingMode: 'live' as const },
    evidence: [],
    rejected: [],
  };
  const reasons = decide(asRise)
    .reasons.filter(({ proof }) => proof === undefined)
    .map(explainReason);
  const standing = reasons.filter(({ severity }) => severity === 'blocked' || severity === 'forged');
  // Without a trust root the ledger cannot be read either: that is one thing to say, not two.
  return input.trustRoot === null ? standing.filter(({ code }) => code !== 'ledger_unreadable') : standing;
}

/** Files that cannot be verified, and that no gate tells of. */
function findFileWarnings({ rejected }: DecisionInput, { needs }: Decision): ExplainedReason[] {
  return rejected
    .filter((one) => !needs.some((kind) => isOfKind(one, kind)))
    .map(explainRejected)
    .map(({ file, code, severity, meaning, message }) => ({ code, severity, meaning, message, file }));
}

function explainLedger(ledger: LedgerView): ExplainedLedger {
  if (!ledger.readable) return { readable: false, reason: ledger.reason };
  const { seq, head, standing, openHalts } = ledger;
  return {
    readable: true,
    seq,
    head,
    standing: standing && { posture: standing.digest, grantedAt: standing.grantedAt },
    openHalts: openHalts.length,
  };
}
