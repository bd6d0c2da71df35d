import type { Decision, DecisionInput } from '../decide';
import { gateOf } from '../gates';
import { judgeEachApproval } from '../judge-approval';
import { type Flaw, judgeEach, judgeKind, newestFirst, type ProofContext } from '../judge-evidence';
import { judgeOrder } from '../judge-order';
import { hasDigest } from '../posture';
import type { Evidence, EvidenceKind, LedgerView, RejectedEvidence, TrustRoot } from '../proof';
import { explainReason, explainRejected } from './explain-reason';
import type { CountedEvidence, ExplainedFile, ExplainedGate } from './explanation';
import { meaningOf, worstFirst } from './reason-codes';

/** What became of one proof that a decision needs: which file counts, or why none does; and of every other one why not. */
export function explainGate(
  proof: EvidenceKind,
  input: DecisionInput,
  decision: Decision,
  judgedAt: number,
): ExplainedGate {
  const askedBy = decision.rises.filter((rise) => gateOf(rise).needs.includes(proof)).map(({ what }) => what);
  const reasons = worstFirst(decision.reasons.filter((one) => one.proof === proof)).map(explainReason);
  const used = decision.accepted.find(({ kind }) => kind === proof);
  const told = reasons.map(({ file }) => file).concat(used ? used.name : []);
  const others = [
    ...explainCandidates(proof, input, decision, used),
    ...input.rejected.filter((one) => isOfKind(one, proof)).map(explainRejected),
  ].filter(({ file }) => !told.includes(file));
  const status = reasons.length > 0 ? 'does_not_count' : used ? 'counts' : 'waived';
  return {
    proof,
    status,
    askedBy,
    ...(status === 'counts' ? { counted: explainCounted(used!, input.trustRoot!, judgedAt) } : {}),
    reasons,
    others,
  };
}

/** Whether a file that cannot be verified is meant to be of a kind: its name is all there is to go by. */
export const isOfKind = ({ name }: RejectedEvidence, kind: EvidenceKind): boolean => name.includes(kind);

/** Evidence of the kinds that no rise asks for, the newest first. */
export function explainNotNeeded({ evidence }: DecisionInput, { needs }: Decision): ExplainedFile[] {
  return evidence
    .filter(({ kind }) => !needs.includes(kind))
    .sort(newestFirst)
    .map((one) => explainFile(one, { code: 'not_needed', reason: 'no rise of this change asks for it' }));
}

function explainCounted(one: Evidence, { freshSeconds }: TrustRoot, judgedAt: number): CountedEvidence {
  const { digest, name, measuredAt, feed, timeScale, keyIds, kind } = one;
  const fresh = measuredAt + freshSeconds[kind] * 1000;
  const expiresAt = Math.min(fresh, one.approves?.expiresAt ?? fresh);
  const ageMs = Math.max(0, judgedAt - measuredAt);
  return { file: name, digest, measuredAt, feed, timeScale, keyIds, ageMs, expiresAt, leftMs: expiresAt - judgedAt };
}

function explainFile(one: Evidence, { code, reason }: Pick<Flaw, 'code' | 'reason'>): ExplainedFile {
  const { name, kind, digest, measuredAt, passed } = one;
  return { file: name, code, ...meaningOf(code), message: reason, verified: { kind, digest, measuredAt, passed } };
}

/** Says that an evidence is about something else: such a fail defeats nothing here. */
const mismatches = new Set(['other_stack', 'other_account', 'other_target', 'other_posture', 'other_transition']);
/** What only the ledger can say. */
const ofLedger = new Set(['already_used', 'before_grant', 'other_ledger_head']);

/** Every evidence of a kind whose signature was verified, the used one included. */
function explainCandidates(
  kind: EvidenceKind,
  input: DecisionInput,
  decision: Decision,
  used: Evidence | undefined,
): ExplainedFile[] {
  const { from, to, ledger, trustRoot } = input;
  const areNamed = [from, to].every((posture) => posture === null || hasDigest(posture));
  if (trustRoot === null || !areNamed) {
    const flaw = { code: 'not_judged', reason: 'it cannot be judged on these grounds' };
    return input.evidence.filter((one) => one.kind === kind).map((one) => explainFile(one, flaw));
  }
  const readable = ledger.readable ? ledger : noLedger;
  const now = Math.max(input.now, readable.newestTime);
  const context: ProofContext = { ...input, trustRoot, ledger: readable, now };
  const judged =
    kind === 'approval' ? judgeEachApproval(findCounting(decision, context), context) : judgeEach(kind, context);
  const isFail = ({ one, flaws }: (typeof judged)[number]) =>
    !one.passed && !flaws.some(({ code }) => mismatches.has(code));
  const fail = judged.findIndex(isFail);
  return judged.map(({ one, flaws }, index) => {
    const own = ledger.readable ? flaws : flaws.filter(({ code }) => !ofLedger.has(code));
    const [worst] = worstFirst(own);
    if (worst) return explainFile(one, { code: worst.code, reason: own.map(describeFlaw(kind)).join('; ') });
    if (!ledger.readable)
      return explainFile(one, { code: 'not_judged', reason: 'it cannot be judged without the ledger' });
    if (fail >= 0 && index > fail) {
      const reason = `${judged[fail]!.one.name} is as new or newer, and failed`;
      return explainFile(one, { code: 'defeated', reason });
    }
    // What is good by itself and does not count has the same against it as the newest.
    const against = used ? undefined : decision.reasons.find(({ proof }) => proof === kind);
    if (against) return explainFile(one, { code: against.code, reason: against.message });
    return explainFile(one, { code: 'not_used', reason: `${used?.name ?? 'another one'} is used` });
  });
}

/** Of one among others, not of the newest. */
const describeFlaw =
  (kind: EvidenceKind) =>
  ({ code, reason }: Flaw): string =>
    code === 'failed' ? `this ${kind} failed` : reason;

/** For each other kind that is needed, what counts of it: what an approval is held against. */
function findCounting({ needs }: Decision, context: ProofContext): (readonly Evidence[])[] {
  let watches: readonly Evidence[] = [];
  return needs.flatMap((kind) => {
    if (kind === 'approval' || (kind === 'drill' && context.ledger.drill)) return [];
    const found = judgeKind(kind, context);
    const judged = kind === 'soak' ? judgeOrder(watches, found) : found;
    if ('flaws' in judged) return [];
    if (kind === 'watch') watches = judged.counting;
    return [judged.counting];
  });
}

/** Stands in for a ledger that cannot be read, so that what needs none can still be said of a file. */
const noLedger: Extract<LedgerView, { readable: true }> = {
  readable: true,
  genesis: 'sha256:',
  head: 'sha256:',
  seq: 0,
  newestTime: 0,
  standing: null,
  openHalts: [],
  consumed: new Set(),
  drill: false,
};
