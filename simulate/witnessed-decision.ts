import type { Digest } from '../posture/digest';
import type { Posture } from '../posture/posture';
import type { RecordedEntry } from './simulated-ledger';

/** A decision as it was made. */
export interface WitnessedDecision {
  /** Who asked: the guardian, or the pack of somebody who deploys. */
  readonly by: string;
  readonly from: Posture | null;
  readonly to: Posture;
  readonly allowed: boolean;
  readonly evidence: readonly Digest[];
  /** Whether it was allowed as a return. */
  readonly isReturn: boolean;
  /** True time, and the wall clock by which it was made, milliseconds. */
  readonly trueMs: number;
  readonly wallMs: number;
  /** Whether true time says how old something is, too: nobody's clock was stepped. */
  readonly clocksAgree: boolean;
  /** Whether the standing grant may have gone an hour without renewal, by some clock: then it need not stand. */
  readonly mayHaveLapsed: boolean;
  readonly grounds: 'readable' | 'no ledger' | 'no trust root' | 'evidence garbage';
  /** The ledger as the decision saw it. */
  readonly entries: readonly RecordedEntry[];
}
