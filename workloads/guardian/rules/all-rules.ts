import { deadReplica } from './dead-replica';
import { drawdownBrake } from './drawdown-brake';
import { duplicateReplica } from './duplicate-replica';
import { errorRate } from './error-rate';
import { modelHealth } from './model-health';
import { routeRejections } from './route-rejections';
import type { Rule, RuleContext } from './rule';

/** Every reason to halt, the worst first. */
export const allRules: readonly Rule[] = [
  duplicateReplica,
  drawdownBrake,
  routeRejections,
  errorRate,
  deadReplica,
  modelHealth,
];

/** The rules that trip, each with what is wrong. A rule that throws trips: what cannot be judged is not clear. */
export function trippedRules(context: RuleContext, rules: readonly Rule[] = allRules): string[] {
  return rules.flatMap(({ name, trips }) => {
    try {
      const reason = trips(context);
      return reason === null ? [] : `${name}: ${reason}`;
    } catch (error) {
      return `${name}: cannot be judged: ${String(error)}`;
    }
  });
}
