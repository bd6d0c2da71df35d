import { type Digest, digestOf } from './digest';
import type { Judgement, ProofContext } from './judge-evidence';
import type { Posture } from './posture';
import type { Evidence } from './proof';

/** The digest that names a transition, both postures in full. */
export function digestTransition(from: Posture | null, to: Posture): Digest {
  return digestOf({ from, to });
}

/**
 * Finds the approval that counts: of exactly this transition, on exactly this head of the ledger, of exactly the evidence
 * that is used, not expired, and signed by nobody who signed any of that evidence.
 */
export function judgeApproval(used: readonly Evidence[], context: ProofContext): Judgement {
  const flaws = context.evidence
    .filter(({ kind }) => kind === 'approval')
    .sort((one, other) => other.measuredAt - one.measuredAt)
    .map((one) => ({ one, flaw: findFlaw(one, used, context) }));
  const good = flaws.find(({ flaw }) => flaw === undefined);
  if (good) return { accepted: good.one };
  const [newest] = flaws;
  if (newest?.flaw) return { ...newest.flaw, name: newest.one.name };
  const broken = context.rejected.find(({ name }) => name.includes('approval'));
  if (broken) return { code: broken.code, reason: `approval does not count: ${broken.reason}`, name: broken.name };
  return { code: 'missing', reason: 'there is no approval' };
}

function findFlaw(
  one: Evidence,
  used: readonly Evidence[],
  { from, to, ledger, now }: ProofContext,
): { code: string; reason: string } | undefined {
  const { approves } = one;
  if (!approves) return { code: 'malformed', reason: 'the approval does not say what it approves' };
  if (one.stack !== to.stack || digestOf(one.account) !== digestOf(to.account)) {
    return { code: 'other_stack', reason: 'the approval is for another stack or account' };
  }
  if (approves.transition !== digestTransition(from, to)) {
    return { code: 'other_transition', reason: 'the approval is for another change' };
  }
  if (approves.ledgerHead !== ledger.head) {
    return { code: 'other_ledger_head', reason: 'the ledger has moved on since the approval' };
  }
  const unseen = used.find(({ digest }) => !approves.evidence.includes(digest));
  if (unseen) return { code: 'other_evidence', reason: `the approval was given without ${unseen.name}` };
  if (!(now < approves.expiresAt)) return { code: 'expired', reason: 'the approval has expired' };
  if (ledger.consumed.has(one.digest))
    return { code: 'already_used', reason: 'the approval was used for an earlier grant' };
  if (!one.passed) return { code: 'failed', reason: 'the approver said no' };
  const signers = new Set(used.flatMap(({ keyIds }) => keyIds));
  if (one.keyIds.some((id) => signers.has(id))) {
    return { code: 'same_signer', reason: 'who approves has also signed evidence' };
  }
  return undefined;
}
