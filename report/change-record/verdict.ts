import type { ExplainedReason } from '../../posture/explain/explanation';
import type { ChangeRecordInput, EnginePreview } from './input';

/**
 * What a change record says first. `needs_proof`: refused as it stands, and nothing but proof is against it.
 * `needs_ledger`: as in CI, the ledger is not here, and nothing that can be judged without it is against the change.
 */
export type RecordVerdict = 'allowed' | 'needs_ledger' | 'needs_proof' | 'refused';

/** Who says so: the decision from base to head, the guardian's from what stands granted, or the packs in the preview. */
export type VerdictSource = 'decision' | 'guardian' | 'preview';

export interface JudgedRecord {
  readonly verdict: RecordVerdict;
  readonly source: VerdictSource;
}

const ranks: Readonly<Record<RecordVerdict, number>> = { allowed: 0, needs_ledger: 1, needs_proof: 2, refused: 3 };

/**
 * The verdict of a record: the worst of what decision, guardian and packs say. It decides nothing of its own. What the
 * packs say counts for a rise only: a change without one is never refused, whatever stands in a preview.
 */
export function judgeRecord(
  input: Pick<ChangeRecordInput, 'explanation' | 'guardian' | 'preview' | 'notes'>,
): JudgedRecord {
  const { explanation, guardian, preview } = input;
  const said: JudgedRecord[] = [{ verdict: verdictOf(explanation, isLedgerElsewhere(input)), source: 'decision' }];
  if (guardian) said.push({ verdict: verdictOf(guardian), source: 'guardian' });
  const hasRise = explanation.changes.some(({ judged, direction }) => judged && direction === 'rise');
  if (hasRise && preview.state === 'ran' && preview.refused && !isOfAnother(preview, input)) {
    // What the packs refuse for want of proof alone is said better by the decision.
    if (said.every(({ verdict }) => verdict === 'allowed')) said.push({ verdict: 'refused', source: 'preview' });
  }
  return said.reduce((worst, one) => (ranks[one.verdict] > ranks[worst.verdict] ? one : worst));
}

/** Whether a preview is known to be of another posture than the head's. */
export const isOfAnother = (
  preview: Extract<EnginePreview, { state: 'ran' }>,
  { explanation }: Pick<ChangeRecordInput, 'explanation'>,
): boolean => preview.posture !== null && preview.posture !== explanation.to.posture;

/** Whether the ledger is not here because it is with the stack, and not because it was lost or broken here. */
export const isLedgerElsewhere = ({ notes, explanation }: Pick<ChangeRecordInput, 'notes' | 'explanation'>): boolean =>
  !explanation.ledger.readable && notes.some(({ code }) => code === 'ledger_elsewhere');

/** @param isElsewhere whether the ledger is: without it every proof is told as missing, which is not known then */
function verdictOf(
  said: { readonly verdict: 'allow' | 'refuse'; readonly reasons: readonly ExplainedReason[] },
  isElsewhere = false,
): RecordVerdict {
  if (said.verdict === 'allow') return 'allowed';
  const others = said.reasons.filter(({ code }) => code !== 'ledger_unreadable');
  if (isElsewhere && others.length < said.reasons.length && others.every(isWantOfProof)) return 'needs_ledger';
  return said.reasons.length > 0 && said.reasons.every(isWantOfProof) ? 'needs_proof' : 'refused';
}

/** Whether making a proof would answer a reason: not where one failed or was forged. */
const isWantOfProof = ({ proof, severity }: ExplainedReason): boolean =>
  proof !== undefined && (severity === 'missing' || severity === 'stale');
