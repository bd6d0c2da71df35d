import type { Gate } from './gate';

/** Another gateway, guardian or orchestrator: what has to stop trading has shown in a drill that it does. */
export const newGuard: Gate = {
  name: 'new-guard',
  isFor: ({ dimension, workload }) =>
    dimension === 'code' && (workload === 'gateway' || workload === 'guardian' || workload === 'orchestrator'),
  needs: ['preflight', 'drill', 'approval'],
};
