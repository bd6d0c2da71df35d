import type { Digest } from '../digest';
import type { ExplainedReason } from './explanation';

/** Something that the reader of an explanation has to know of how it came about. `code` is stable. */
export interface Note {
  readonly code: string;
  readonly text: string;
}

/** One side of a comparison: a commit, or the work tree where there is none. */
export interface ComparedSide {
  /** As it was named; `working tree` where it was not. */
  readonly revision: string;
  readonly commit: string | null;
}

/** What the guardian would say, where it starts from another posture than the one that was asked for. */
export interface GuardianView {
  /** The posture that stands granted; null for paper. */
  readonly from: Digest | null;
  readonly verdict: 'allow' | 'refuse';
  readonly reasons: readonly ExplainedReason[];
}
