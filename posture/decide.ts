import type { Digest } from './digest';
import { proofsFor } from './gates';
import { judgeApproval } from './judge-approval';
import { clockToleranceMs, type Flaw, judgeKind, type ProofContext } from './judge-evidence';
import { judgeOrder } from './judge-order';
import type { Posture } from './posture';
import type { Evidence, EvidenceKind, LedgerView, RejectedEvidence, TrustRoot } from './proof';
import { type Change, splitTransition, type Transition } from './transition';

/** One reason against a transition. `code` is stable; `proof` names the kind of evidence that is at fault, if any. */
export interface Reason {
  readonly code: string;
  readonly message: string;
  readonly proof?: EvidenceKind;
  readonly file?: string;
}

export interface Decision extends Transition {
  readonly verdict: 'allow' | 'refuse';
  /** Every reason against it; empty exactly when it is allowed. */
  readonly reasons: readonly Reason[];
  /** The kinds of proof that its rises need, in the order in which they are made. */
  readonly needs: readonly EvidenceKind[];
  /** The evidence that a grant of it would consume. */
  readonly consumes: readonly Digest[];
  /** The evidence that counts, whatever else is against it: what an approver is shown. */
  readonly accepted: readonly Evidence[];
}

/** What a decision is made from; nothing else is looked at. */
export interface DecisionInput {
  /** The posture before, or null where there was none. */
  readonly from: Posture | null;
  readonly to: Posture;
  readonly evidence: readonly Evidence[];
  readonly rejected: readonly RejectedEvidence[];
  readonly ledger: LedgerView;
  readonly trustRoot: TrustRoot | null;
  /** Why there is no trust root, where one is there that cannot be used. */
  readonly trustProblem?: { readonly code: string; readonly message: string };
  /** Wall time, milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Decides whether a stack may go from one posture to another. Pure and total; packs, verbs and guardian all ask this.
 *
 * A transition without a rise is allowed before anything else is looked at, so that nothing that is missing, corrupt or
 * forged can hold it up. A rise needs every proof of its gate, a ledger that can be read, and no open halt.
 */
export function decide(input: DecisionInput): Decision {
  const transition = splitTransition(input.from, input.to);
  if (transition.rises.length === 0)
    return { ...transition, verdict: 'allow', reasons: [], needs: [], consumes: [], accepted: [] };
  const needs = orderOf(transition.rises);
  const grounds = judgeGround(input, transition.rises);
  const proofs = judgeProofs(needs, input);
  const reasons = [...grounds, ...proofs.reasons];
  return {
    ...transition,
    verdict: reasons.length === 0 ? 'allow' : 'refuse',
    reasons,
    needs,
    consumes: reasons.length === 0 ? proofs.accepted.map(({ digest }) => digest) : [],
    accepted: proofs.accepted,
  };
}

const inOrder: readonly EvidenceKind[] = ['preflight', 'snapshot', 'canary', 'watch', 'soak', 'drill', 'approval'];

function orderOf(rises: readonly Change[]): EvidenceKind[] {
  const needed = new Set(rises.flatMap((rise) => proofsFor(rise)));
  return inOrder.filter((kind) => needed.has(kind));
}

/** What stands against a rise whatever the evidence says. */
function judgeGround(input: DecisionInput, rises: readonly Change[]): Reason[] {
  const { from, to, ledger, trustRoot, trustProblem, now } = input;
  const reasons: Reason[] = [];
  const against = (code: string, message: string) => void reasons.push({ code, message });
  if (!ledger.readable) against('ledger_unreadable', `the ledger cannot be read: ${ledger.reason}`);
  else {
    for (const halt of ledger.openHalts) {
      const since = new Date(halt.haltedAt).toISOString();
      against('halt_open', `halted since ${since}: ${halt.reason}; an approver must close the incident first`);
    }
    if (now < ledger.newestTime - clockToleranceMs) {
      against('clock_stepped_back', `the clock is ${Math.round((ledger.newestTime - now) / 1000)} s behind the ledger`);
    }
  }
  if (trustRoot === null) {
    against(
      trustProblem?.code ?? 'trust_root_missing',
      trustProblem?.message ?? 'there is no trust root: cutover keys init makes one',
    );
  } else {
    if (
      trustRoot.stack !== to.stack ||
      trustRoot.account.id !== to.account.id ||
      trustRoot.account.venue !== to.account.venue
    ) {
      against('trust_root_foreign', `the trust root is for stack ${trustRoot.stack}, account ${trustRoot.account.id}`);
    }
    if (ledger.readable && ledger.genesis !== trustRoot.genesis) {
      against('ledger_foreign', 'the ledger is not the one that the trust root names');
    }
  }
  if (from?.tradingMode === 'live') {
    if (rises.length > 1) {
      against(
        'more_than_one_rise',
        `one rise at a time under live, not ${rises.length}: ${rises.map(({ what }) => what).join(', ')}`,
      );
    }
    if (rises.some(({ dimension }) => dimension === 'account' || dimension === 'stack')) {
      against('account_only_from_paper', 'another venue, account or stack only from paper');
    }
  } else reasons.push(...judgeFirstLive(to, trustRoot));
  return reasons;
}

/** Every live posture that is reached from paper starts small. */
function judgeFirstLive(to: Posture, trustRoot: TrustRoot | null): Reason[] {
  const reasons: Reason[] = [];
  if (to.agents.length > 1) {
    reasons.push({
      code: 'too_many_agents',
      message: `at most one agent goes live from paper, not ${to.agents.length}: more follow one by one, under live`,
    });
  }
  if (trustRoot === null) return reasons;
  for (const [name, cap] of Object.entries(trustRoot.caps)) {
    const asked = to.risk[name as keyof Posture['risk']];
    // Written so that a number that cannot be compared does not pass.
    if (!(asked <= cap))
      reasons.push({ code: 'over_cap', message: `risk.${name} is ${asked}, at most ${cap} goes live from paper` });
  }
  return reasons;
}

function judgeProofs(
  needs: readonly EvidenceKind[],
  input: DecisionInput,
): { accepted: Evidence[]; reasons: Reason[] } {
  const { ledger, trustRoot } = input;
  if (!ledger.readable || trustRoot === null) {
    return {
      accepted: [],
      reasons: needs.map((proof) => ({ code: 'missing', message: `${proof} cannot be judged`, proof })),
    };
  }
  const context: ProofContext = { ...input, ledger, trustRoot, now: Math.max(input.now, ledger.newestTime) };
  const counting: (readonly Evidence[])[] = [];
  let watches: readonly Evidence[] = [];
  const reasons: Reason[] = [];
  const against = (proof: EvidenceKind, { code, reason, name }: Flaw) =>
    void reasons.push({ code, message: reason, proof, ...(name ? { file: name } : {}) });
  for (const proof of needs) {
    // A drill's own ledger waives the drill: it is where drills are made.
    if (proof === 'approval' || (proof === 'drill' && ledger.drill)) continue;
    const found = judgeKind(proof, context);
    const judged = proof === 'soak' ? judgeOrder(watches, found) : found;
    if ('code' in judged) {
      against(proof, judged);
      continue;
    }
    counting.push(judged);
    if (proof === 'watch') watches = judged;
  }
  const newest = counting.map(([first]) => first!);
  if (!needs.includes('approval')) return { accepted: newest, reasons };
  const approved = judgeApproval(counting, context);
  if (!('code' in approved)) return { accepted: [...approved.used, approved.approval], reasons };
  against('approval', approved);
  return { accepted: newest, reasons };
}
