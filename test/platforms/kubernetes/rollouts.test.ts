import { expect, it } from 'vitest';
import type { Cluster } from '../../../platforms/kubernetes/client';
import { findUnsettled, isRolledOut, type Rollout } from '../../../platforms/kubernetes/rollouts';

const settled: Rollout = {
  metadata: { name: 'orchestrator', generation: 3 },
  spec: { replicas: 1 },
  status: { observedGeneration: 3, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
};
const status = (of: Partial<NonNullable<Rollout['status']>>): Rollout => ({
  ...settled,
  status: { ...settled.status, ...of },
});

it.each<[string, Rollout, boolean]>([
  ['all of it new and available', settled, true],
  ['its controller has not seen the change', status({ observedGeneration: 2 }), false],
  ['the old pod is still there', status({ updatedReplicas: 0 }), false],
  [
    'the old one is gone and the new one is not there',
    status({ replicas: 0, updatedReplicas: 0, availableReplicas: 0 }),
    false,
  ],
  ['the new one does not answer yet', status({ availableReplicas: 0 }), false],
  ['an old one is left beside the new one', status({ replicas: 2 }), false],
  ['nothing is known of it', { ...settled, status: {} }, false],
  ['it was just made', { metadata: { name: 'backend', generation: 1 }, spec: {} }, false],
  [
    'it is scaled to none, and has none',
    { ...settled, spec: { replicas: 0 }, status: { observedGeneration: 3 } },
    true,
  ],
  [
    'it is scaled to none, and has one',
    { ...settled, spec: { replicas: 0 }, status: { observedGeneration: 3, replicas: 1 } },
    false,
  ],
])('%s', (_what, rollout, expected) => {
  expect(isRolledOut(rollout)).toBe(expected);
});

it('asks for the deployments of the stack alone, and names those that are its workloads, in their order', async () => {
  let asked = '';
  const items = ['orchestrator', 'other', 'gateway'].map((name) => ({ ...settled, metadata: { name, generation: 4 } }));
  const cluster = {
    json: async (_method: string, path: string) => {
      asked = path;
      return { items };
    },
  } as unknown as Cluster;
  expect(await findUnsettled({ cluster, namespace: 'desk', stack: 'main' })).toEqual(['gateway', 'orchestrator']);
  expect(asked).toBe('/apis/apps/v1/namespaces/desk/deployments?labelSelector=cutover.dev%2Fstack%3Dmain');
});
