import { describe, expect, it } from 'vitest';
import { checkReturn } from '../../model/check-return';
import { allPoints, postureAt } from '../../model/domain';
import { type Decision, decide } from '../../posture/decide';

const points = allPoints()
  .filter(({ mode }) => mode === 1)
  .map((point) => ({ point, posture: postureAt(point) }));
/** Every 97th target: that many keeps every dimension in the sample. In full: npm run model. */
const step = 97;

/** The first way back of the sample on which a decision is not what the rules say. */
function findViolation(judge: typeof decide): string | undefined {
  for (const [row, from] of points.entries()) {
    for (const to of points.filter((_, column) => (column + row) % step === 0)) {
      const [violation] = checkReturn(from.point, to.point, { from: from.posture, to: to.posture }, judge).violations;
      if (violation !== undefined) return violation;
    }
  }
  return undefined;
}

const allow = (decision: Decision): Decision => ({
  ...decision,
  verdict: 'allow',
  reasons: [],
  return: { grantedAt: 0, until: 0 },
  againstReturn: [],
});

/** A decision that takes for a return what is none by these codes alone. */
const forgiving =
  (...codes: string[]): typeof decide =>
  (input) => {
    const decision = decide(input);
    const others = decision.againstReturn.filter(({ code }) => !codes.includes(code));
    return decision.againstReturn.length > 0 && others.length === 0 ? allow(decision) : decision;
  };

describe('the model of returns', () => {
  it('finds no way back of the sample that is decided otherwise than the rules say', () => {
    expect(points).toHaveLength(384);
    expect(findViolation(decide)).toBeUndefined();
  });

  it.each([
    'return_of_return',
    'return_repeated',
    'return_window_over',
    'return_of_fall',
    'return_after_fail',
    'return_unsure',
    'halt_open',
    'more_than_one_rise',
  ])('finds a decision that does not mind %s', (code) => {
    expect(findViolation(forgiving(code))).toBeDefined();
  });

  it('finds a decision that knows no returns, one that allows any, and one that does not say that it is one', () => {
    const refuse = (decision: Decision): Decision =>
      decision.return ? { ...decision, verdict: 'refuse', return: null } : decision;
    expect(findViolation((input) => refuse(decide(input)))).toBeDefined();
    expect(findViolation((input) => allow(decide(input)))).toBeDefined();
    expect(findViolation((input) => ({ ...decide(input), return: null }))).toBeDefined();
  });
});
