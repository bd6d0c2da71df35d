import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Posture } from '../../posture/posture';
import { haltAt } from '../helpers/ledger';
import { askPack } from '../helpers/pack';
import { livePosture, paperPosture, ReadyStack } from '../helpers/ready-stack';

// Attack 33: a rollback is allowed whatever has expired or broken; a promotion that is dressed as one is refused.
let stack: ReadyStack;
beforeEach(() => {
  stack = new ReadyStack();
  stack.prove();
  stack.grant();
});
afterEach(() => stack.destroy());

const tight: Posture = { ...livePosture, confidenceThreshold: 0.9 };

describe('a rollback to paper', () => {
  it('is allowed while all is well', () => {
    expect(stack.decide(paperPosture).verdict).toBe('allow');
  });

  it('is allowed when every proof has long expired', () => {
    const years = stack.now + 10 * 365 * 86_400_000;
    expect(stack.decide(paperPosture, years)).toMatchObject({ verdict: 'allow', needs: [] });
    // The same proof for the way up again is not.
    stack.endGrant();
    expect(stack.codes(livePosture, years)).toContain('canary:expired');
  });

  it('is allowed with the keys gone and the verifier down, also by the pack', () => {
    rmSync(stack.files.trustRoot);
    rmSync(stack.place.evidence, { recursive: true });
    writeFileSync(stack.place.evidence, 'not a folder');
    expect(stack.decide(paperPosture).verdict).toBe('allow');
    expect(askPack(stack.place, paperPosture, livePosture)).toEqual([]);
  });

  it('is allowed while a halt is open', () => {
    stack.append(haltAt(stack.now));
    expect(stack.decide(paperPosture).verdict).toBe('allow');
  });
});

describe('a promotion dressed as a rollback', () => {
  it('to a former, looser live posture is judged as the rise that it is', () => {
    stack.grant(tight); // a fall: it needs nothing
    expect(stack.codes(tight)).toEqual([]);
    expect(stack.codes(livePosture)).toEqual(['soak:missing', 'approval:other_transition']);
  });

  it('from paper back to the live posture that ran before needs everything anew', () => {
    stack.endGrant();
    expect(stack.codes()).toEqual([
      'preflight:already_used',
      'snapshot:already_used',
      'canary:already_used',
      'drill:already_used',
      'approval:other_ledger_head',
    ]);
  });

  it('after a halt is refused with the halt named', () => {
    stack.append(haltAt(stack.now));
    expect(stack.codes()).toContain('halt_open');
  });
});
