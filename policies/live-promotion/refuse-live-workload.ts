import type { ResourceValidationPolicy } from '@pulumi/policy';
import { findForeignInputs } from '../../posture/match-workload';
import type { RealWorkload } from '../../posture/read-posture';
import { allowedPosture } from './allowed-posture';
import { missingProofs, show } from './reasons';

const processType = 'cutover:index:Process';

/**
 * Refuses a process whose real environment asks for live trading, unless a live posture was allowed in this run and the
 * process carries out exactly its part of it: a program that declares one posture and starts another is refused too.
 */
export const refuseLiveWorkload: ResourceValidationPolicy = {
  name: 'refuse-live-workload',
  description: 'A workload asks for live trading only with signed, fresh proof.',
  enforcementLevel: 'mandatory',
  validateResource: ({ type, name, props }, reportViolation) => {
    if (type !== processType) return;
    const environment: Record<string, unknown> = props.environment ?? {};
    const mode = environment.TRADING_MODE;
    if (mode === 'paper') return;
    const allowed = allowedPosture();
    if (!allowed) {
      if (mode !== undefined) reportViolation(`${name} would start with TRADING_MODE=${show(mode)}: ${missingProofs}`);
      return;
    }
    // A plain copy: what the engine hands over throws when a value that is not known yet is read.
    const real = JSON.parse(JSON.stringify({ ...props })) as RealWorkload & { workload: string };
    const foreign = findForeignInputs(allowed, real.workload, real);
    if (foreign.length > 0) {
      reportViolation(`${name} would not carry out the posture that was allowed; what differs: ${foreign.join(', ')}`);
    }
  },
};
