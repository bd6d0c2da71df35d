import { describe, expect, it, vi } from 'vitest';
import { expectedPolicies } from '../../scripts/shared/expected-policies';

const packs = vi.hoisted((): { name: string; policies: { name: string }[]; more: unknown[] }[] => []);
vi.mock('@pulumi/policy', () => ({
  PolicyPack: class {
    constructor(name: string, { policies }: { policies: { name: string }[] }, ...more: unknown[]) {
      packs.push({ name, policies, more });
    }
  },
}));

import '../../policies/live-promotion/index';
import '../../policies/workload-safety/index';

// Attack 26: a pack that is emptied, made advisory or waived fails the run.
describe.each(packs)('26: the pack $name', ({ name, policies, more }) => {
  const expected = expectedPolicies[name as keyof typeof expectedPolicies];

  it('holds exactly the policies that are expected, and is given no config that could waive one', () => {
    expect(policies.map((one) => one.name).filter((one) => one !== 'advise-in-paper')).toEqual(expected);
    expect(more).toEqual([]);
  });

  it('holds mandatory resource policies only: a stack policy runs too late to be a gate', () => {
    for (const policy of policies.filter((one) => one.name !== 'advise-in-paper')) {
      expect(policy).toMatchObject({ enforcementLevel: 'mandatory', validateResource: expect.any(Function) });
      expect(policy).not.toHaveProperty('validateStack');
      // A schema would let a config change what it asks for.
      expect(policy).not.toHaveProperty('configSchema');
    }
  });
});

it('26: every pack is there', () => {
  expect(packs.map(({ name }) => name)).toEqual(Object.keys(expectedPolicies));
});
