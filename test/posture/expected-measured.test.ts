import { test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { digestBytes } from '../../posture/digest';
import { digestTransition } from '../../posture/judge-approval';
import { digestDrillPart, expectedMeasured } from '../../posture/judge-evidence';
import { digestPosture, type Posture } from '../../posture/posture';
import { anyPosture } from '../helpers/any-posture';
import { paperPosture } from '../helpers/posture';

const live: Posture = { ...paperPosture, tradingMode: 'live' };
const before: Posture = { ...live, confidenceThreshold: 0.9 };
const beforeInPaper: Posture = { ...before, tradingMode: 'paper' };

describe('what must have been measured', () => {
  test('by a watch, by a soak and for an approval is what stands', () => {
    for (const kind of ['watch', 'soak', 'approval'] as const) {
      expect(expectedMeasured(kind, before, live)).toBe(digestPosture(before));
      expect(expectedMeasured(kind, null, live)).toBeNull();
    }
  });

  test('by a canary is the target in paper, wherever it comes from', () => {
    for (const from of [null, before, beforeInPaper])
      expect(expectedMeasured('canary', from, live)).toBe(digestPosture(paperPosture));
  });

  test('before a change is what runs: the target in paper, or what is live', () => {
    for (const kind of ['preflight', 'snapshot'] as const) {
      for (const from of [null, beforeInPaper])
        expect(expectedMeasured(kind, from, live)).toBe(digestPosture(paperPosture));
      expect(expectedMeasured(kind, before, live)).toBe(digestPosture(before));
    }
  });

  test.prop([anyPosture, anyPosture])('by a drill is all but account, stack and settings', (one, two) => {
    const elsewhere = { ...one, account: two.account, stack: two.stack, settings: two.settings };
    expect(digestDrillPart(elsewhere)).toBe(digestDrillPart(one));
    for (const from of [null, two]) expect(expectedMeasured('drill', from, elsewhere)).toBe(digestDrillPart(one));
    for (const name of Object.keys(one) as (keyof Posture)[]) {
      if (['account', 'stack', 'settings'].includes(name)) continue;
      expect(digestDrillPart({ ...one, [name]: 'other' }), name).not.toBe(digestDrillPart(one));
    }
  });
});

describe('the digest of a transition', () => {
  test.prop([anyPosture, anyPosture])('names both postures, and which is which', (one, two) => {
    const digests = [digestTransition(one, two), digestTransition(null, two), digestTransition(two, two)];
    expect([digestTransition(structuredClone(one), structuredClone(two)), digestTransition(null, { ...two })]).toEqual(
      digests.slice(0, 2),
    );
    if (digestPosture(one) === digestPosture(two)) return;
    expect(new Set([...digests, digestTransition(two, one), digestTransition(null, one)]).size).toBe(5);
  });

  test('is not that of an empty posture when there was none', () => {
    expect(digestTransition({} as Posture, live)).not.toBe(digestTransition(null, live));
    expect(digestTransition(null, live)).not.toBe(digestBytes(''));
  });
});
