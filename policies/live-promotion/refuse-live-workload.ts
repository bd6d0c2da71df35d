import type { ResourceValidationPolicy } from '@pulumi/policy';
import { findForeignInputs } from '../../posture/match-workload';
import { allowedPosture } from './allowed-posture';
import { readDeclaredWorkload } from './declared-workload';
import { show } from './reasons';

/** Which proof is missing is said of the posture, where it was judged. */
const noneAllowed = 'no live posture was allowed in this run: see docs/faq.md#why-was-live-refused';

/**
 * Refuses a process or container whose real environment asks for live trading, unless a live posture was allowed in this run and the
 * workload carries out exactly its part of it: a program that declares one posture and starts another is refused too.
 */
export const refuseLiveWorkload: ResourceValidationPolicy = {
  name: 'refuse-live-workload',
  description: 'A workload asks for live trading only with signed, fresh proof.',
  enforcementLevel: 'mandatory',
  validateResource: ({ type, name, props }, reportViolation) => {
    const real = readDeclaredWorkload(type, props);
    if (!real) return;
    const mode: unknown = real.environment.TRADING_MODE;
    if (mode === 'paper') return;
    const allowed = allowedPosture();
    if (!allowed) {
      if (mode !== undefined) reportViolation(`${name} would start with TRADING_MODE=${show(mode)}: ${noneAllowed}`);
      return;
    }
    const foreign = findForeignInputs(allowed, real.workload, real);
    if (foreign.length > 0) {
      reportViolation(`${name} would not carry out the posture that was allowed; what differs: ${foreign.join(', ')}`);
    }
  },
};
