import { type Decision, decide } from '../posture/decide';
import type { Posture } from '../posture/posture';
import { conditions, evidenceFor, ledgerFor, makeLater, now, trustRootFor } from './conditions';
import type { Point } from './domain';
import { expectedOf } from './oracle';

/** What came of some transitions. */
export interface Checked {
  readonly cases: number;
  readonly allowed: number;
  readonly violations: readonly string[];
}

const shown = ({ reasons }: Pick<Decision, 'reasons'>) =>
  reasons.map(({ proof = 'ground', code }) => `${proof} ${code}`).sort();

/**
 * Holds the decision on one transition against the oracle, under every condition: the same verdict for the very same
 * reasons, and so none that nothing could remove. Where it is allowed, one more passing evidence must change nothing.
 * @param judge what is held against it
 */
export function checkTransition(
  from: Point,
  to: Point,
  postures: { from: Posture; to: Posture },
  judge: typeof decide = decide,
): Checked {
  const expected = expectedOf(from, to);
  const evidence = evidenceFor(postures.from, postures.to);
  const trustRoot = trustRootFor(postures.to);
  const violations: string[] = [];
  let allowed = 0;
  for (const condition of conditions) {
    const input = { ...postures, evidence: evidence(condition), rejected: [], trustRoot, now };
    const ledger = ledgerFor(postures.from, condition);
    const decision = judge({ ...input, ledger });
    const rules = expected(condition);
    const isAllowed = decision.verdict === 'allow';
    const found = shown(decision);
    if (isAllowed !== rules.allowed || found.join() !== rules.reasons.join()) {
      violations.push(describe(from, to, condition, `expected ${rules.reasons}, decided ${decision.verdict} ${found}`));
    }
    if (!isAllowed) continue;
    allowed += 1;
    for (const one of decision.accepted) {
      if (judge({ ...input, ledger, evidence: [...input.evidence, makeLater(one)] }).verdict !== 'allow')
        violations.push(describe(from, to, condition, `one more ${one.kind} that passes turns it into a refusal`));
    }
  }
  return { cases: conditions.length, allowed, violations };
}

function describe(from: Point, to: Point, condition: object, what: string): string {
  return `${JSON.stringify({ from, to, ...condition })}: ${what}`;
}
