import { type Digest, digestOf } from './digest';
import { clockToleranceMs, type Judgement, type ProofContext } from './judge-evidence';
import type { Posture } from './posture';
import type { Evidence } from './proof';

/** The digest that names a transition, both postures in full. */
export function digestTransition(from: Posture | null, to: Posture): Digest {
  return digestOf({ from, to });
}

interface Flaw {
  readonly code: string;
  readonly reason: string;
}

const saidNo: Flaw = { code: 'failed', reason: 'the approver said no' };

/**
 * Finds the approval that counts: of exactly this transition, on exactly this head of the ledger, of exactly the evidence
 * that is used, fresh, and signed by nobody who signed any of that evidence. A later no defeats an earlier yes.
 */
export function judgeApproval(used: readonly Evidence[], context: ProofContext): Judgement {
  const judged = context.evidence
    .filter(({ kind }) => kind === 'approval')
    .sort((one, other) => other.measuredAt - one.measuredAt || Number(one.passed) - Number(other.passed))
    .map((one) => ({ one, flaw: findFlaw(one, used, context) }));
  const good = judged.find(({ flaw }) => flaw === undefined);
  const no = judged.find(({ one }) => !one.passed && describeMismatch(one, context) === undefined);
  if (no && no.one.measuredAt >= (good?.one.measuredAt ?? 0)) return { ...saidNo, name: no.one.name };
  if (good) return { accepted: good.one };
  const [newest] = judged;
  if (newest?.flaw) return { ...newest.flaw, name: newest.one.name };
  const broken = context.rejected.find(({ name }) => name.includes('approval'));
  if (broken) return { code: broken.code, reason: `approval does not count: ${broken.reason}`, name: broken.name };
  return { code: 'missing', reason: 'there is no approval' };
}

/** Why an approval is about something else, or undefined if it is about this change. */
function describeMismatch({ approves, stack, account }: Evidence, { from, to }: ProofContext): Flaw | undefined {
  if (!approves) return { code: 'malformed', reason: 'the approval does not say what it approves' };
  if (stack !== to.stack || digestOf(account) !== digestOf(to.account)) {
    return { code: 'other_stack', reason: 'the approval is for another stack or account' };
  }
  if (approves.transition !== digestTransition(from, to)) {
    return { code: 'other_transition', reason: 'the approval is for another change' };
  }
  return undefined;
}

function findFlaw(one: Evidence, used: readonly Evidence[], context: ProofContext): Flaw | undefined {
  const mismatch = describeMismatch(one, context);
  if (mismatch) return mismatch;
  const { ledger, trustRoot, now } = context;
  const approves = one.approves as NonNullable<Evidence['approves']>;
  if (approves.ledgerHead !== ledger.head) {
    return { code: 'other_ledger_head', reason: 'the ledger has moved on since the approval' };
  }
  const unseen = used.find(({ digest }) => !approves.evidence.includes(digest));
  if (unseen) return { code: 'other_evidence', reason: `the approval was given without ${unseen.name}` };
  if (one.measuredAt > now + clockToleranceMs) {
    return { code: 'future_dated', reason: 'the approval is dated in the future' };
  }
  // However long the approver meant it to last, the trust root says how long it may.
  const expiresAt = Math.min(approves.expiresAt, one.measuredAt + trustRoot.freshSeconds.approval * 1000);
  if (!(now < expiresAt)) return { code: 'expired', reason: 'the approval has expired' };
  if (ledger.consumed.has(one.digest))
    return { code: 'already_used', reason: 'the approval was used for an earlier grant' };
  if (!one.passed) return saidNo;
  const signers = new Set(used.flatMap(({ keyIds }) => keyIds));
  if (one.keyIds.some((id) => signers.has(id))) {
    return { code: 'same_signer', reason: 'who approves has also signed evidence' };
  }
  return undefined;
}
