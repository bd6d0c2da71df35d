import { messageOf } from '../errors';
import type { Granted, LedgerView, StandingGrant } from '../posture/proof';
import type { RecordedGrant, UnendedGrant } from './grant-rules';
import type { Chain } from './verify';

/** How long a grant stands without a renewal, milliseconds. */
export const standsForMs = 60 * 60 * 1000;

/** What the ledger does not know by itself. Times are milliseconds since the epoch. */
export interface ViewClock {
  readonly now: number;
  /** When the guardian last renewed a permit for the standing grant; null when it does not know. */
  readonly lastRenewal: number | null;
}

/**
 * What a verified ledger says at a time. A renewal is not an entry, there are thousands a day: the guardian keeps the
 * time of the last one, and where that is lost the grant's own time counts.
 */
export function viewLedger(chain: Chain, { now, lastRenewal }: ViewClock): Extract<LedgerView, { readable: true }> {
  const grant = chain.unendedGrant;
  // A clock that was set back does not make a grant younger than the ledger's newest entry.
  const time = Math.max(now, chain.newestTime);
  const renewed = grant === null ? 0 : Math.max(grant.grantedAt, lastRenewal ?? 0);
  // A renewal from far in the future says that one of the two clock readings was wrong, so it says nothing else.
  const stands = grant !== null && Math.abs(time - renewed) <= standsForMs;
  return {
    readable: true,
    genesis: chain.hashAt(0),
    head: chain.head.head,
    seq: chain.head.seq,
    newestTime: chain.newestTime,
    standing: stands ? describeStanding(grant) : null,
    openHalts: chain.openHalts.map(({ body }) => ({ haltedAt: body.haltedAt, reason: body.reason })),
    consumed: chain.consumed,
    ...(chain.returned.size > 0 ? { returned: chain.returned } : {}),
    drill: chain.genesis.drill,
  };
}

function describeStanding(grant: UnendedGrant): StandingGrant {
  return {
    ...describeGrant(grant),
    ...(grant.predecessor ? { predecessor: describeGrant(grant.predecessor) } : {}),
    ...(grant.body.return ? { isReturn: true } : {}),
  };
}

const describeGrant = ({ body: { posture, digest }, grantedAt }: RecordedGrant): Granted => ({
  posture,
  digest,
  grantedAt,
});

/** What the ledger says, or why it cannot be read: for callers that must go down whatever is broken. Never throws. */
export function viewOrReason(read: () => Chain, clock: ViewClock): LedgerView {
  try {
    return viewLedger(read(), clock);
  } catch (error) {
    return { readable: false, reason: messageOf(error) };
  }
}
