import type { ChainHead } from '../ledger/chain';
import type { Digest } from '../posture/digest';
import type { SignedClose } from './messages';

/** What a guardian reads of its ledger, verified, each time it observes; or why it cannot be read. */
export type LedgerRead =
  | { readonly readable: false; readonly reason: string }
  | {
      readonly readable: true;
      readonly genesis: Digest;
      readonly at: ChainHead;
      /** The newest grant that no halt and no `end` has ended. `grantedAt` is wall time, milliseconds. */
      readonly standing: { readonly posture: Digest; readonly grantedAt: number } | null;
      /** Ids of all halts ever recorded. */
      readonly halts: readonly string[];
      /** The approvers' closes, as they were signed. */
      readonly closes: readonly SignedClose[];
      /** Digests of the entries after this head; null when the ledger does not hold it. */
      readonly after: (head: ChainHead) => readonly Digest[] | null;
    };

export type ReadableLedger = Extract<LedgerRead, { readable: true }>;

/** What a guardian appends. `previous` is the posture that a grant rises from; null is paper. */
export type LedgerBody =
  | {
      readonly kind: 'grant';
      readonly posture: Digest;
      readonly previous: Digest | null;
      readonly evidence: readonly Digest[];
      /** Whether it takes the standing grant back, without evidence. */
      readonly isReturn?: true;
    }
  | { readonly kind: 'halt'; readonly id: string; readonly reason: string }
  | { readonly kind: 'end'; readonly posture: Digest; readonly reason: 'other_posture' | 'not_renewed' };

/** Ids of the halts that no approver has closed. */
export function openHaltsOf(ledger: ReadableLedger): string[] {
  const closed = new Set(ledger.closes.flatMap(({ close }) => close.halts));
  return ledger.halts.filter((id) => !closed.has(id));
}
