import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { gateOf, namedGates } from '../../../posture/gates';
import { fullSet } from '../../../posture/gates/full-set';
import { workloadNames } from '../../../posture/posture';
import { signerOf } from '../../../posture/proof';
import type { Change, Dimension } from '../../../posture/transition';

const dimensions: Record<Dimension, true> = {
  mode: true,
  account: true,
  agent: true,
  'agent-code': true,
  symbols: true,
  limit: true,
  threshold: true,
  model: true,
  market: true,
  code: true,
  opaque: true,
  stack: true,
};
const rise = (dimension: Dimension, more: Partial<Change> = {}): Change => ({
  dimension,
  what: dimension,
  from: 1,
  to: 2,
  ...more,
});
const every = Object.keys(dimensions).flatMap((dimension) =>
  dimension === 'code'
    ? [...workloadNames.map((workload) => rise('code', { workload })), rise('code')]
    : [rise(dimension as Dimension)],
);

describe('the gates', () => {
  it.each(every)('leave no rise to two: $dimension $workload', (one) => {
    expect(namedGates.filter(({ isFor }) => isFor(one)).length).toBeLessThanOrEqual(1);
  });

  it('take the full set for what no gate is named for, also for a dimension that is not known', () => {
    const unnamed = every
      .filter((one) => gateOf(one) === fullSet)
      .map(({ dimension, workload }) => workload ?? dimension);
    expect(unnamed).toEqual(['symbols', 'market', 'simulated-venue', 'code', 'opaque']);
    expect(gateOf(rise('a new one' as Dimension))).toBe(fullSet);
  });

  it('each need an approval, last, and kinds that there are', () => {
    for (const { name, needs } of [...namedGates, fullSet]) {
      expect(needs.at(-1), name).toBe('approval');
      expect(
        needs.every((kind) => kind in signerOf),
        name,
      ).toBe(true);
      expect(new Set(needs).size, name).toBe(needs.length);
    }
  });

  it('are each in a file of their own name', () => {
    const files = readdirSync(path.resolve(__dirname, '../../../posture/gates'));
    expect(files.sort()).toEqual(
      [...namedGates, fullSet]
        .map(({ name }) => `${name}.ts`)
        .concat('gate.ts', 'index.ts')
        .sort(),
    );
  });
});
