import type { ResourceValidationPolicy } from '@pulumi/policy';
import { messageOf } from '../../errors';
import { describeRefusal } from '../../posture/describe-decision';
import type { Posture } from '../../posture/posture';
import { inputsToJudge } from '../read-inputs';
import { type DeclaredPosture, judgeDeclared } from './allowed-posture';
import { missingProofs, show } from './reasons';

const postureType = 'cutover:index:Posture';

/**
 * Refuses a live posture that is not proved, with every reason. Resource policies run before anything of a resource
 * changes, and every workload depends on the posture: what is refused here has changed nothing.
 *
 * Whatever is not plainly `paper` is judged as live, so that a missing, misspelt or not yet known mode does not pass; a
 * transition to paper always does, whatever else changes with it. It is the first line of defence only: what the
 * guardian finds running is judged again, by the same decision.
 */
export const refuseLivePosture: ResourceValidationPolicy = {
  name: 'refuse-live-posture',
  description: 'A stack goes live only with signed, fresh proof.',
  enforcementLevel: 'mandatory',
  validateResource: ({ type, props }, reportViolation) => {
    if (type !== postureType) return;
    const declared = inputsToJudge(props) as { posture?: Partial<Posture>; previous?: Partial<Posture> };
    const mode: unknown = declared.posture?.tradingMode;
    if (mode === 'paper') return;
    const reason = mode === 'live' ? judge(declared) : missingProofs;
    if (reason === undefined) return;
    const from: unknown = declared.previous?.tradingMode ?? 'nothing deployed';
    reportViolation(`tradingMode ${show(from)} -> ${show(mode)} is refused: ${reason}`);
  },
};

/** Why the posture is refused, or undefined if it is allowed. What cannot be judged is refused. */
function judge(declared: object): string | undefined {
  try {
    const decision = judgeDeclared(declared as DeclaredPosture, Date.now());
    return decision.verdict === 'allow' ? undefined : describeRefusal(decision);
  } catch (error) {
    return `${missingProofs}\n  - it cannot be judged: ${messageOf(error)}`;
  }
}
