import type { EvidenceKind, Role } from '../../../posture/proof';
import { drillPartOf, inPaper, nameOf, type Point } from './point';

/** One proof as it was signed: what it says, and who signed it. Times are milliseconds. */
export interface Proof {
  readonly id: number;
  readonly kind: EvidenceKind;
  /** Whose key; `outsider` is nobody's. */
  readonly signer: Role | 'outsider';
  /** Whether the approver has signed it too. */
  readonly coSigned: boolean;
  /** Whether it says this stack, and this account. */
  readonly ownStack: boolean;
  readonly ownAccount: boolean;
  /** What was measured, and what it is for. */
  readonly subject: Point;
  readonly target: Point;
  readonly passed: boolean;
  readonly measuredAt: number;
  readonly feed: 'embedded' | 'venue';
  readonly timeScale: number;
  readonly margin: number;
  readonly trainedOn: boolean;
  readonly sampledSeconds: number;
  readonly closes: number;
  /** Only of an approval. `head` counts the ledger's entries; null where the approver saw none. */
  readonly approves?: {
    readonly from: Point | null;
    readonly head: number | null;
    readonly evidence: readonly number[];
    readonly expiresAt: number;
  };
}

/** The name of what must have been measured for the way from one posture to another; null where nothing can be. */
export function subjectOf(kind: EvidenceKind, from: Point | null, to: Point): Point | null {
  switch (kind) {
    case 'watch':
    case 'soak':
      return from;
    case 'drill':
      return drillPartOf(to);
    case 'canary':
      return inPaper(to);
    default:
      return from?.live ? from : inPaper(to);
  }
}

/** Whether two points are the same, null being none. */
export const isSame = (one: Point | null, other: Point | null): boolean =>
  one === other || (one !== null && other !== null && nameOf(one) === nameOf(other));
