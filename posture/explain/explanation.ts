import type { Return } from '../decision';
import type { Digest } from '../digest';
import type { TradingMode } from '../posture';
import type { Evidence, EvidenceKind } from '../proof';
import type { Change } from '../transition';
import type { Severity } from './reason-codes';

// What is to be known of a decision, as facts. How they are told, as text or as JSON, is for the renderings to say.
// Times are milliseconds since the epoch.

/** A decision with its grounds, explained. */
export interface Explanation {
  readonly stack: string;
  readonly verdict: 'allow' | 'refuse';
  /** Null where no posture was before. */
  readonly from: Side | null;
  readonly to: Side;
  /** The time that everything is judged at: the wall's, or the ledger's newest where that is later. */
  readonly judgedAt: number;
  readonly changes: readonly ExplainedChange[];
  /** Everything that stands against it, the worst first; empty exactly when it is allowed. */
  readonly reasons: readonly ExplainedReason[];
  /** Set exactly when it is allowed as a return to the posture before, without proofs. */
  readonly return: Return | null;
  /** Where the posture before is asked for: what stands against a return, beside the reasons; the worst first. */
  readonly againstReturn: readonly ExplainedReason[];
  /** One for each proof that is needed, in the order in which they are made. */
  readonly gates: readonly ExplainedGate[];
  /** Until when it stays allowed, if nothing else changes; null where that does not depend on time. */
  readonly holdsUntil: number | null;
  /** What is not in order and holds nothing up here, the worst first: a fall passes whatever is broken. */
  readonly warnings: readonly ExplainedReason[];
  /** Evidence that no rise of this change asks for, the newest first. */
  readonly notNeeded: readonly ExplainedFile[];
  readonly ledger: ExplainedLedger;
  readonly trustRoot: { readonly version: number } | null;
}

export interface Side {
  readonly tradingMode: TradingMode;
  /** Null where a value of it is no JSON, so that it has no name. */
  readonly posture: Digest | null;
}

/** One difference between the two postures. */
export interface ExplainedChange extends Pick<Change, 'dimension' | 'what' | 'from' | 'to'> {
  readonly direction: 'rise' | 'fall';
  /** The proofs of the gate that it has to pass; none for a fall. */
  readonly proofs: readonly EvidenceKind[];
  /**
   * Whether it is judged by itself. What changes together with the trading mode is not: going live is proved for the
   * posture as a whole, and in paper nothing carries risk.
   */
  readonly judged: boolean;
}

export interface ExplainedReason {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** What the code means, and what to do. */
  readonly meaning: string;
  readonly proof?: EvidenceKind;
  readonly file?: string;
}

/** What became of one proof that is needed. */
export interface ExplainedGate {
  readonly proof: EvidenceKind;
  /** `waived`: on a drill's own ledger no drill is asked for. */
  readonly status: 'counts' | 'waived' | 'does_not_count';
  /** What of the rises asks for it, such as `risk.maxOrderUsd`. */
  readonly askedBy: readonly string[];
  /** The evidence that counts. */
  readonly counted?: CountedEvidence;
  /** Why none counts, the worst first; empty exactly when one does, or none has to. */
  readonly reasons: readonly ExplainedReason[];
  /** Every other file of this kind, the newest first, and why it does not count; what cannot be verified at the end. */
  readonly others: readonly ExplainedFile[];
}

export interface CountedEvidence extends Pick<Evidence, 'digest' | 'measuredAt' | 'feed' | 'timeScale' | 'keyIds'> {
  readonly file: string;
  /** Never negative. */
  readonly ageMs: number;
  /** From then on it does not count any more. */
  readonly expiresAt: number;
  readonly leftMs: number;
}

/** One file that does not count, and why: the worst code, and in words everything. */
export interface ExplainedFile extends Omit<ExplainedReason, 'proof' | 'file'> {
  readonly file: string;
  /** What can be said of a file whose signature was verified. */
  readonly verified?: Pick<Evidence, 'kind' | 'digest' | 'measuredAt' | 'passed'>;
}

export type ExplainedLedger =
  | {
      readonly readable: true;
      readonly seq: number;
      readonly head: Digest;
      readonly standing: { readonly posture: Digest; readonly grantedAt: number } | null;
      readonly openHalts: number;
    }
  | { readonly readable: false; readonly reason: string };
