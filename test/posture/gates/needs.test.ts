import { expect, it } from 'vitest';
import { gateOf } from '../../../posture/gates';
import type { WorkloadName } from '../../../posture/posture';
import type { Dimension } from '../../../posture/transition';

const full = ['preflight', 'snapshot', 'canary', 'drill', 'approval'];

// Rule by rule, as the README and docs/protocol.md say it.
it.each<[Dimension, WorkloadName | undefined, string, string[]]>([
  ['mode', undefined, 'paper-to-live', full],
  ['account', undefined, 'another-account', full],
  ['stack', undefined, 'another-account', full],
  ['agent', undefined, 'one-more-agent', ['preflight', 'watch', 'soak', 'approval']],
  ['model', undefined, 'new-strategy', ['preflight', 'canary', 'approval']],
  ['agent-code', undefined, 'new-strategy', ['preflight', 'canary', 'approval']],
  ['code', 'backend', 'new-strategy', ['preflight', 'canary', 'approval']],
  ['code', 'model-service', 'new-strategy', ['preflight', 'canary', 'approval']],
  ['code', 'gateway', 'new-guard', ['preflight', 'drill', 'approval']],
  ['code', 'guardian', 'new-guard', ['preflight', 'drill', 'approval']],
  ['code', 'orchestrator', 'new-guard', ['preflight', 'drill', 'approval']],
  ['code', 'simulated-venue', 'full-set', full],
  ['limit', undefined, 'looser-bounds', ['soak', 'approval']],
  ['threshold', undefined, 'looser-bounds', ['soak', 'approval']],
  ['symbols', undefined, 'full-set', full],
  ['market', undefined, 'full-set', full],
  ['opaque', undefined, 'full-set', full],
])('a rise of %s %s has to pass the gate %s', (dimension, workload, name, needs) => {
  const gate = gateOf({ dimension, what: dimension, from: 1, to: 2, ...(workload ? { workload } : {}) });
  expect([gate.name, gate.needs]).toEqual([name, needs]);
});
