import type { Digest } from '../../posture/digest';
import type { GuardianState } from '../../protocol/guardian-state';
import { type LedgerRead, openHaltsOf } from '../../protocol/ledger-port';

/**
 * Where a stack stands. `not_initialised`: `keys init` was not run; `blocked`: keys or ledger cannot be used, so nothing
 * can be granted; `none`: paper; `refused`: live, and no grant stands for it; `granted`; `halted`.
 */
export type GrantState = 'not_initialised' | 'blocked' | 'none' | 'refused' | 'granted' | 'halted';

export interface GrantReport {
  readonly state: GrantState;
  /** The posture that the standing grant allows. */
  readonly posture: Digest | null;
  /** Why no permit is issued, the worst first; empty while one is. */
  readonly reasons: readonly string[];
}

/** What one round came to, for the report. */
export interface RoundOutcome {
  readonly mode: 'paper' | 'live';
  readonly ledger: LedgerRead;
  readonly halting: GuardianState['halting'];
  readonly tripped: readonly string[];
  /** The names of the protocol's checks that keep a permit back. */
  readonly failures: readonly string[];
  /** What was found on the way: why no instance, no append, no acceptance. */
  readonly notes: readonly string[];
  /** Why the last decision was a refusal. */
  readonly refusals: readonly string[];
}

/** How a round is told to operators. Pure. */
export function reportGrant(round: RoundOutcome): GrantReport {
  const { ledger, halting, tripped, notes } = round;
  if (!ledger.readable) return { state: 'blocked', posture: null, reasons: [ledger.reason, ...notes] };
  const posture = ledger.standing?.posture ?? null;
  const open = openHaltsOf(ledger);
  if (halting || open.length > 0) {
    const halts = halting ? [`halting: ${halting.reason}`] : [`halted: ${open.join(', ')}; an approver must close it`];
    return { state: 'halted', posture, reasons: [...halts, ...notes] };
  }
  if (round.mode === 'paper') return { state: 'none', posture, reasons: [] };
  const failures = round.failures.filter((name) => name !== 'not_granted');
  if (posture !== null && !round.failures.includes('not_granted')) {
    return { state: 'granted', posture, reasons: [...tripped, ...notes, ...failures] };
  }
  return { state: 'refused', posture, reasons: [...tripped, ...notes, ...round.refusals, ...failures] };
}
