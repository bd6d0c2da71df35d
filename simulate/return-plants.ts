import { requireNoOpenHalt, requireOwnAccount, requireUnusedEvidence } from '../ledger/grant-rules';
import type { Grounds } from '../ledger/grounds';
import { type Decision, decide } from '../posture/decide';
import type { Granted, StandingGrant } from '../posture/proof';
import type { LedgerRules, RecordedEntry } from './simulated-ledger';

interface ReturnPlant {
  readonly decide?: typeof decide;
  readonly ledgerRules: LedgerRules;
  readonly readAs?: (grounds: Grounds, entries: readonly RecordedEntry[]) => Grounds;
}

/** The ledger refuses such a return as well: its rules go with that of the decision. */
const ledgerRules: LedgerRules = {
  compares: true,
  grantRules: [requireNoOpenHalt, requireOwnAccount, requireUnusedEvidence],
};

const asReturn = (decision: Decision): Decision => ({
  ...decision,
  verdict: 'allow',
  reasons: [],
  consumes: [],
  return: { grantedAt: 0, until: 0 },
  againstReturn: [],
});

/** A decision that takes a way back for a return whatever these codes say. */
const forgiving = (...codes: string[]): ReturnPlant => ({
  ledgerRules,
  decide: (input) => {
    const decision = decide(input);
    const { againstReturn } = decision;
    return againstReturn.length > 0 && againstReturn.every(({ code }) => codes.includes(code))
      ? asReturn(decision)
      : decision;
  },
});

/** A ledger whose standing grant has another predecessor, or that stands when it does not. */
function standingAs(change: (grounds: Grounds, grants: readonly Granted[]) => StandingGrant | null): ReturnPlant {
  return {
    ledgerRules,
    readAs: (grounds, entries) => {
      const grants = entries.flatMap(({ entry: { kind, body, time } }) =>
        kind === 'grant' ? [{ posture: body.posture, digest: body.digest, grantedAt: time }] : [],
      );
      const standing = change(grounds, grants);
      const { ledger } = grounds;
      if (!ledger.readable || standing === null) return grounds;
      return { ...grounds, from: standing.posture, ledger: { ...ledger, standing } };
    },
  };
}

/** Faults of returns: each condition of one taken away. */
export const returnPlants = {
  'return-once': forgiving('return_repeated'),
  'return-not-of-return': forgiving('return_of_return', 'return_repeated'),
  'return-in-window': forgiving('return_window_over'),
  'return-of-rise': forgiving('return_of_fall'),
  'return-unless-failed': forgiving('return_after_fail'),
  'return-to-the-one-before': standingAs(({ ledger }, grants) => {
    const standing = ledger.readable ? ledger.standing : null;
    const predecessor = grants.at(-3);
    return standing && predecessor ? { ...standing, predecessor } : null;
  }),
  'return-not-over-halt': standingAs(({ ledger }, grants) => {
    const [predecessor, last] = grants.slice(-2);
    return ledger.readable && !ledger.standing && predecessor && last ? { ...last, predecessor } : null;
  }),
  // Written down as any other grant, it could be taken back itself.
  'return-recorded': { ledgerRules: { ...ledgerRules, forgetsReturns: true } },
} as const satisfies Readonly<Record<string, ReturnPlant>>;
