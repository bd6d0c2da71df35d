import type { Digest } from './digest';
import type { Posture } from './posture';
import type { Evidence, EvidenceKind, LedgerView, RejectedEvidence, TrustRoot } from './proof';
import type { Reason } from './reason';
import type { Transition } from './transition';

/** A way back to the posture before, which is allowed without new proofs. */
export interface Return {
  /** When the grant was made that is gone back to, and until when it could be: milliseconds since the epoch. */
  readonly grantedAt: number;
  readonly until: number;
}

export interface Decision extends Transition {
  readonly verdict: 'allow' | 'refuse';
  /** Every reason against it; empty exactly when it is allowed. */
  readonly reasons: readonly Reason[];
  /** The kinds of proof that its rises need, in the order in which they are made. */
  readonly needs: readonly EvidenceKind[];
  /** The evidence that a grant of it would consume. */
  readonly consumes: readonly Digest[];
  /** The evidence that counts, whatever else is against it: what an approver is shown. */
  readonly accepted: readonly Evidence[];
  /** Set exactly when it is allowed as a return: without proofs, once. The grant has to say so. */
  readonly return: Return | null;
  /** Where the posture before is asked for: why going back there is a rise like any other. */
  readonly againstReturn: readonly Reason[];
}

/** What a decision is made from; nothing else is looked at. */
export interface DecisionInput {
  /** The posture before, or null where there was none. */
  readonly from: Posture | null;
  readonly to: Posture;
  readonly evidence: readonly Evidence[];
  readonly rejected: readonly RejectedEvidence[];
  readonly ledger: LedgerView;
  readonly trustRoot: TrustRoot | null;
  /** Why there is no trust root, where one is there that cannot be used. */
  readonly trustProblem?: { readonly code: string; readonly message: string };
  /** Wall time, milliseconds since the epoch. */
  readonly now: number;
}
