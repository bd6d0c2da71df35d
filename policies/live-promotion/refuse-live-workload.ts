import type { ResourceValidationPolicy } from '@pulumi/policy';
import { missingProofs, show } from './reasons';

const processType = 'cutover:index:Process';

/**
 * Refuses a process whose real environment asks for live trading, whatever the posture says: a program that declares a
 * paper posture and starts a live backend is refused too.
 */
export const refuseLiveWorkload: ResourceValidationPolicy = {
  name: 'refuse-live-workload',
  description: 'A workload asks for live trading only with signed, fresh proof.',
  enforcementLevel: 'mandatory',
  validateResource: ({ type, name, props }, reportViolation) => {
    if (type !== processType) return;
    const environment: Record<string, unknown> = props.environment ?? {};
    const mode = environment.TRADING_MODE;
    if (mode === undefined || mode === 'paper') return;
    reportViolation(`${name} would start with TRADING_MODE=${show(mode)}: ${missingProofs}`);
  },
};
