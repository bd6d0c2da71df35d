import type { Posture } from '../posture';
import type { EvidenceKind, TrustRoot } from '../proof';
import type { Reason } from '../reason';
import type { Change } from '../transition';

/** What is asked of a gate beyond its proofs. */
export interface Passage {
  readonly from: Posture | null;
  readonly to: Posture;
  readonly trustRoot: TrustRoot | null;
}

/** What one kind of rise has to pass. */
export interface Gate {
  readonly name: string;
  /** Whether a rise has to pass this gate. */
  readonly isFor: (rise: Change) => boolean;
  /** The kinds of proof that it needs, in the order in which they are made. */
  readonly needs: readonly EvidenceKind[];
  /** What stands against the passage whatever is proved; none where nothing does. */
  readonly judge?: (passage: Passage) => readonly Reason[];
}

/** The full set: what going live needs, and every rise that has no gate of its own. */
export const fullSetOfProofs: readonly EvidenceKind[] = ['preflight', 'snapshot', 'canary', 'drill', 'approval'];
