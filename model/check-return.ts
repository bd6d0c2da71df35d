import { decide } from '../posture/decide';
import type { Posture } from '../posture/posture';
import type { Checked } from './check';
import { now, trustRootFor } from './conditions';
import type { Point } from './domain';
import { risesOf } from './oracle';
import { backConditions, filesForBack, ledgerForBack } from './return-conditions';
import { expectedBackOf } from './return-oracle';

/**
 * Holds the decision on going back from one live posture to another, with no proof at all, against the oracle: a return
 * is allowed under exactly its conditions, and every condition that is not met is named.
 * @param judge what is held against it
 */
export function checkReturn(
  from: Point,
  to: Point,
  postures: { from: Posture; to: Posture },
  judge: typeof decide = decide,
): Checked {
  const expected = expectedBackOf(from, to);
  // Without a rise there is nothing to return from, and over several there is no return: one state shows either.
  const isOneRise = risesOf(from, to).length === 1;
  const conditions = isOneRise ? backConditions : backConditions.filter(({ state }) => state === 'good');
  const trustRoot = trustRootFor(postures.to);
  const violations: string[] = [];
  let allowed = 0;
  for (const condition of conditions) {
    const ledger = ledgerForBack(postures.from, postures.to, condition);
    const decision = judge({ ...postures, ...filesForBack(postures.to, condition), ledger, trustRoot, now });
    const rules = expected(condition);
    const against = decision.againstReturn.map(({ code }) => code).sort();
    const isRight =
      decision.verdict === rules.verdict &&
      (decision.return !== null) === rules.isReturn &&
      against.join() === rules.against.join() &&
      decision.consumes.length === 0 &&
      (decision.verdict === 'allow') === (decision.reasons.length === 0);
    if (decision.verdict === 'allow') allowed += 1;
    if (isRight) continue;
    const what = `expected ${rules.verdict} ${rules.against}, decided ${decision.verdict} ${against}`;
    violations.push(`${JSON.stringify({ from, to, ...condition })}: ${what}`);
  }
  return { cases: conditions.length, allowed, violations };
}
