import type { Gate } from './gate';

/** Another model, backend, model service or agent: what decides on trades is compared, new against current. */
export const newStrategy: Gate = {
  name: 'new-strategy',
  isFor: ({ dimension, workload }) =>
    dimension === 'model' ||
    dimension === 'agent-code' ||
    (dimension === 'code' && (workload === 'backend' || workload === 'model-service')),
  needs: ['preflight', 'canary', 'approval'],
};
