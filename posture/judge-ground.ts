import type { DecisionInput } from './decision';
import { gateOf } from './gates';
import { clockToleranceMs } from './judge-evidence';
import { hasDigest } from './posture';
import type { Reason } from './reason';
import type { Change } from './transition';

/** What stands against a rise whatever the evidence says: every reason. */
export function judgeGround(input: DecisionInput, rises: readonly Change[]): Reason[] {
  const gates = new Set(rises.map(gateOf));
  return [
    ...judgePostures(input),
    ...judgeLedger(input),
    ...judgeTrustRoot(input),
    ...judgeCount(input, rises),
    ...[...gates].flatMap(({ judge }) => judge?.(input) ?? []),
  ];
}

/** Proof names what it is for by its digest: of what has none nothing can be proved. */
function judgePostures({ from, to }: DecisionInput): Reason[] {
  if ((from === null || hasDigest(from)) && hasDigest(to)) return [];
  return [{ code: 'posture_malformed', message: 'a posture has no digest: it holds what is no JSON' }];
}

function judgeLedger({ ledger, now }: DecisionInput): Reason[] {
  if (!ledger.readable) return [{ code: 'ledger_unreadable', message: `the ledger cannot be read: ${ledger.reason}` }];
  const reasons: Reason[] = ledger.openHalts.map(({ haltedAt, reason }) => ({
    code: 'halt_open',
    message: `halted since ${formatTime(haltedAt)}: ${reason}; an approver must close the incident first`,
  }));
  // Written so that a time that is no number does not pass.
  if (!(now >= ledger.newestTime - clockToleranceMs)) {
    const behind = Math.round((ledger.newestTime - now) / 1000);
    reasons.push({ code: 'clock_stepped_back', message: `the clock is ${behind} s behind the ledger` });
  }
  return reasons;
}

function judgeTrustRoot({ to, ledger, trustRoot, trustProblem }: DecisionInput): Reason[] {
  if (trustRoot === null) {
    const message = trustProblem?.message ?? 'there is no trust root: cutover keys init makes one';
    return [{ code: trustProblem?.code ?? 'trust_root_missing', message }];
  }
  const reasons: Reason[] = [];
  const { stack, account } = trustRoot;
  if (stack !== to.stack || account.id !== to.account.id || account.venue !== to.account.venue) {
    const message = `the trust root is for stack ${stack}, account ${account.id}`;
    reasons.push({ code: 'trust_root_foreign', message });
  }
  if (ledger.readable && ledger.genesis !== trustRoot.genesis) {
    reasons.push({ code: 'ledger_foreign', message: 'the ledger is not the one that the trust root names' });
  }
  return reasons;
}

/** Towards live everything is one rise; under live there is one at a time. */
function judgeCount({ from }: DecisionInput, rises: readonly Change[]): Reason[] {
  if (from?.tradingMode !== 'live' || rises.length <= 1) return [];
  const what = rises.map((rise) => rise.what).join(', ');
  return [{ code: 'more_than_one_rise', message: `one rise at a time under live, not ${rises.length}: ${what}` }];
}

/** A time as people read it, also where it is none. */
function formatTime(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? 'an unknown time' : date.toISOString();
}
