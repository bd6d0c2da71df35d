import { describe, expect, it } from 'vitest';
import { checkTransition } from '../../model/check';
import { allPoints, postureAt } from '../../model/domain';
import { type Decision, decide } from '../../posture/decide';
import type { Evidence } from '../../posture/proof';

const points = allPoints().map((point) => ({ point, posture: postureAt(point) }));
/** Every 383rd target: that many keeps every dimension in the sample. In full: npm run model. */
const step = 383;

/** The first transition of the sample on which a decision is not what the rules say. */
function findViolation(judge: typeof decide): string | undefined {
  for (const [row, from] of points.entries()) {
    for (const to of points.filter((_, column) => (column + row) % step === 0)) {
      const [violation] = checkTransition(
        from.point,
        to.point,
        { from: from.posture, to: to.posture },
        judge,
      ).violations;
      if (violation !== undefined) return violation;
    }
  }
  return undefined;
}

const allow = (decision: Decision): Decision => ({ ...decision, verdict: 'allow', reasons: [] });
const without = (decision: Decision, isDropped: (reason: Decision['reasons'][number]) => boolean): Decision => {
  const reasons = decision.reasons.filter((reason) => !isDropped(reason));
  return { ...decision, reasons, verdict: reasons.length === 0 ? 'allow' : 'refuse' };
};

describe('the model', () => {
  it('has every posture once', () => {
    expect(new Set(points.map(({ posture }) => JSON.stringify(posture))).size).toBe(768);
  });

  it('finds no transition of the sample that is decided otherwise than the rules say', () => {
    console.log(`${points.length} postures, every ${step}th target (in full: npm run model)`);
    expect(findViolation(decide)).toBeUndefined();
  });

  it.each<[string, typeof decide]>([
    ['allows everything', (input) => allow(decide(input))],
    ['overlooks halts', (input) => without(decide(input), ({ code }) => code === 'halt_open')],
    ['overlooks approvals', (input) => without(decide(input), ({ proof }) => proof === 'approval')],
    ['counts evidence twice', (input) => without(decide(input), ({ code }) => code === 'already_used')],
    ['takes old evidence', (input) => without(decide(input), ({ code }) => code === 'expired')],
    ['takes a soak that began too early', (input) => without(decide(input), ({ code }) => code === 'before_watch')],
    ['allows two rises', (input) => without(decide(input), ({ code }) => code === 'more_than_one_rise')],
    ['goes live with all agents', (input) => without(decide(input), ({ code }) => code === 'too_many_agents')],
    ['refuses falls', (input) => ({ ...decide(input), verdict: 'refuse' })],
    ['takes the newest alone', (input) => decide({ ...input, evidence: input.evidence.filter(isNewest) })],
  ])('finds a decision that %s', (_, broken) => {
    expect(findViolation(broken)).toBeDefined();
  });
});

const isNewest = (one: Evidence, _: number, all: readonly Evidence[]) =>
  all.every(({ kind, measuredAt }) => kind !== one.kind || measuredAt <= one.measuredAt);
