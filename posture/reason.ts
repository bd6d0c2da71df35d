import type { EvidenceKind } from './proof';

/** One reason against a transition. `code` is stable; `proof` names the kind of evidence that is at fault, if any. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly proof?: EvidenceKind;
  readonly file?: string;
}
