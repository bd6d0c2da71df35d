import { requireNoOpenHalt, requireOwnAccount } from '../ledger/grant-rules';
import { type Decision, type DecisionInput, decide, type Reason } from '../posture/decide';
import type { LedgerView } from '../posture/proof';
import type { LedgerRules } from './simulated-ledger';

export interface DecisionPlant {
  readonly decide: typeof decide;
  readonly ledgerRules?: LedgerRules;
}

/** A decision that does not mind some reasons; evidence with that flaw is used as if it had none. */
function forgiving(forgives: (reason: Reason, input: DecisionInput) => boolean): DecisionPlant {
  return {
    decide: (input) => {
      const decision = decide(input);
      const reasons = decision.reasons.filter((reason) => !forgives(reason, input));
      if (decision.verdict === 'allow' || reasons.length > 0) return { ...decision, reasons };
      const flawed = decision.reasons.flatMap(({ file }) => input.evidence.filter(({ name }) => name === file));
      return {
        ...decision,
        verdict: 'allow',
        reasons,
        consumes: [...decision.accepted, ...flawed].map(({ digest }) => digest),
      };
    },
  };
}

/** A decision that never minds these reasons. */
export const withoutCode = (...codes: string[]) => forgiving(({ code }) => codes.includes(code));

function refusing(refuses: (input: DecisionInput) => boolean): DecisionPlant {
  const reasons = [{ code: 'planted', message: 'planted' }];
  return {
    decide: (input): Decision =>
      refuses(input) ? { ...decide(input), verdict: 'refuse', reasons, consumes: [] } : decide(input),
  };
}

function forgetful(ledger: LedgerView): LedgerView {
  return ledger.readable ? { ...ledger, consumed: new Set() } : ledger;
}

/** Faults of the decision: each of its checks taken away, and falls that are held up. */
export const decisionPlants = {
  'proof-needed': forgiving(({ code, proof }) => code === 'missing' && proof !== 'approval'),
  'proof-fresh': forgiving(({ code, proof }) => code === 'expired' && proof !== 'approval'),
  'proof-not-from-the-future': withoutCode('future_dated'),
  'proof-passed': withoutCode('failed'),
  'proof-of-target': withoutCode('other_target'),
  'proof-of-posture': withoutCode('other_posture'),
  // The ledger takes no evidence twice either: both have to go.
  'proof-counts-once': {
    decide: (input) => decide({ ...input, ledger: forgetful(input.ledger) }),
    ledgerRules: { compares: true, grantRules: [requireNoOpenHalt, requireOwnAccount] },
  },
  'sample-length': withoutCode('too_short'),
  'sampled-after-grant': withoutCode('before_grant'),
  'soak-after-watch': withoutCode('before_watch'),
  'sample-closes': withoutCode('too_few_closes'),
  'approval-needed': forgiving(({ proof }) => proof === 'approval'),
  'approval-fresh': forgiving(({ code, proof }) => code === 'expired' && proof === 'approval'),
  'approval-of-change': withoutCode('other_transition'),
  'approval-on-head': withoutCode('other_ledger_head'),
  'approval-of-evidence': withoutCode('other_evidence'),
  'approval-by-another': withoutCode('same_signer'),
  'no-open-halt': withoutCode('halt_open'),
  'clock-not-stepped-back': withoutCode('clock_stepped_back'),
  'one-rise': withoutCode('more_than_one_rise'),
  'first-agent-alone': withoutCode('too_many_agents'),
  'first-within-caps': withoutCode('over_cap'),
  'ledger-readable': forgiving((_reason, { ledger, trustRoot }) => !ledger.readable && trustRoot !== null),
  'trust-root-there': forgiving((_reason, { trustRoot }) => trustRoot === null),
  'previous-is-standing': {
    decide: (input) => decide({ ...input, from: input.from ?? input.to }),
  },
  'fall-needs-no-ledger': refusing(({ ledger }) => !ledger.readable),
  'fall-needs-no-evidence': refusing(({ rejected }) => rejected.length > 0),
} as const satisfies Readonly<Record<string, DecisionPlant>>;
