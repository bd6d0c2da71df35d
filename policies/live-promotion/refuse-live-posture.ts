import type { ResourceValidationPolicy } from '@pulumi/policy';
import { missingProofs, show } from './reasons';

const postureType = 'cutover:index:Posture';

/**
 * Refuses every posture that is not paper. Resource policies run before anything of a resource changes, and every
 * workload depends on the posture: what is refused here has changed nothing.
 *
 * Whatever is not plainly `paper` is refused, so that a missing, misspelt or not yet known mode does not pass; a
 * transition to paper always does, whatever else changes with it.
 */
export const refuseLivePosture: ResourceValidationPolicy = {
  name: 'refuse-live-posture',
  description: 'A stack goes live only with signed, fresh proof.',
  enforcementLevel: 'mandatory',
  validateResource: ({ type, props }, reportViolation) => {
    if (type !== postureType) return;
    const mode: unknown = props.posture?.tradingMode;
    if (mode === 'paper') return;
    const from: unknown = props.previous?.tradingMode ?? 'nothing deployed';
    reportViolation(`tradingMode ${show(from)} -> ${show(mode)} is refused: ${missingProofs}`);
  },
};
