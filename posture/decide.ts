import type { Decision, DecisionInput } from './decision';
import { gateOf } from './gates';
import { judgeApproval } from './judge-approval';
import { type Flaw, judgeKind, type ProofContext } from './judge-evidence';
import { judgeGround } from './judge-ground';
import { judgeOrder } from './judge-order';
import { judgeReturn } from './judge-return';
import { hasDigest } from './posture';
import type { Evidence, EvidenceKind } from './proof';
import type { Reason } from './reason';
import { type Change, splitTransition } from './transition';

export type { Decision, DecisionInput } from './decision';
export type { Reason } from './reason';

const nothing = { reasons: [], needs: [], consumes: [], accepted: [], return: null, againstReturn: [] } as const;

/**
 * Decides whether a stack may go from one posture to another. Pure and total; packs, verbs and guardian all ask this.
 *
 * A transition without a rise is allowed before anything else is looked at, so that nothing that is missing, corrupt or
 * forged can hold it up. A rise needs every proof of its gate, a ledger that can be read, and no open halt; only a return
 * needs no proof, and everything else.
 */
export function decide(input: DecisionInput): Decision {
  const transition = splitTransition(input.from, input.to);
  const { rises } = transition;
  if (rises.length === 0) return { ...transition, ...nothing, verdict: 'allow' };
  const needs = orderOf(rises);
  const grounds = judgeGround(input, rises);
  const { accepted, reasons: unproved } = judgeProofs(needs, input);
  const reasons = [...grounds, ...unproved];
  if (reasons.length === 0) {
    const consumes = accepted.map(({ digest }) => digest);
    return { ...transition, ...nothing, verdict: 'allow', needs, consumes, accepted };
  }
  const back = judgeReturn(input, rises);
  const againstReturn = back ? [...grounds, ...back.reasons] : [];
  if (back && againstReturn.length === 0) return { ...transition, ...nothing, verdict: 'allow', return: back.return };
  return { ...transition, ...nothing, verdict: 'refuse', reasons, needs, accepted, againstReturn };
}

const inOrder: readonly EvidenceKind[] = ['preflight', 'snapshot', 'canary', 'watch', 'soak', 'drill', 'approval'];

function orderOf(rises: readonly Change[]): EvidenceKind[] {
  const needed = new Set(rises.flatMap((rise) => gateOf(rise).needs));
  return inOrder.filter((kind) => needed.has(kind));
}

function judgeProofs(
  needs: readonly EvidenceKind[],
  input: DecisionInput,
): { accepted: Evidence[]; reasons: Reason[] } {
  const { from, to, ledger, trustRoot } = input;
  const areNamed = [from, to].every((posture) => posture === null || hasDigest(posture));
  if (!ledger.readable || trustRoot === null || !areNamed) {
    return {
      accepted: [],
      reasons: needs.map((proof) => ({ code: 'missing', message: `${proof} cannot be judged`, proof })),
    };
  }
  const context: ProofContext = { ...input, ledger, trustRoot, now: Math.max(input.now, ledger.newestTime) };
  const counting: (readonly Evidence[])[] = [];
  let watches: readonly Evidence[] = [];
  const reasons: Reason[] = [];
  const against = (proof: EvidenceKind, flaws: readonly Flaw[]) => {
    for (const { code, reason, name } of flaws)
      reasons.push({ code, message: reason, proof, ...(name ? { file: name } : {}) });
  };
  for (const proof of needs) {
    // A drill's own ledger waives the drill: it is where drills are made.
    if (proof === 'approval' || (proof === 'drill' && ledger.drill)) continue;
    const found = judgeKind(proof, context);
    const judged = proof === 'soak' ? judgeOrder(watches, found) : found;
    if ('flaws' in judged) {
      against(proof, judged.flaws);
      continue;
    }
    counting.push(judged.counting);
    if (proof === 'watch') watches = judged.counting;
  }
  const newest = counting.map(([first]) => first!);
  if (!needs.includes('approval')) return { accepted: newest, reasons };
  const approved = judgeApproval(counting, context);
  if (!('flaws' in approved)) return { accepted: [...approved.used, approved.approval], reasons };
  against('approval', approved.flaws);
  return { accepted: newest, reasons };
}
