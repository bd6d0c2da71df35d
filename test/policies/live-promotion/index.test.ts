import { describe, expect, it, vi } from 'vitest';

const packs = vi.hoisted((): { name: string; policies: object[] }[] => []);
vi.mock('@pulumi/policy', () => ({
  PolicyPack: class {
    constructor(name: string, { policies }: { policies: object[] }) {
      packs.push({ name, policies });
    }
  },
}));

import '../../../policies/live-promotion/index';

describe('the pack live-promotion', () => {
  it('holds both policies', () => {
    expect(packs).toMatchObject([
      { name: 'live-promotion', policies: [{ name: 'refuse-live-posture' }, { name: 'refuse-live-workload' }] },
    ]);
  });

  it('holds mandatory resource policies only: a stack policy runs too late to be a gate', () => {
    for (const policy of packs[0]!.policies) {
      expect(policy).toMatchObject({ enforcementLevel: 'mandatory', validateResource: expect.any(Function) });
      expect(policy).not.toHaveProperty('validateStack');
    }
  });
});
