import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLedger } from '../../ledger/ledger-file';
import { digestBytes } from '../../posture/digest';
import type { Posture } from '../../posture/posture';
import { passing } from '../helpers/claims';
import { haltAt, incidentOf } from '../helpers/ledger';
import { askPack } from '../helpers/pack';
import { livePosture, paperPosture, ReadyStack } from '../helpers/ready-stack';
import { makeTrust } from '../helpers/trust';

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

const failedCanary = { passed: false, measurements: { ...passing.canary, verdict: 'reject' } } as const;
const remodelled: Posture = { ...livePosture, model: { version: '2', digest: digestBytes('other') } };

describe('a return to the live posture before', () => {
  beforeEach(() => {
    stack.wait(5);
    stack.prove(livePosture, remodelled);
    stack.grant(remodelled);
  });

  it('is allowed without a new proof, and granted once', () => {
    const decision = stack.decide(livePosture);
    expect(decision).toMatchObject({ verdict: 'allow', needs: [], consumes: [] });
    expect(decision.return).not.toBeNull();
    stack.grant(livePosture);
    expect(stack.codes(remodelled)).toContain('canary:already_used');
    expect(stack.decide(remodelled).againstReturn.map(({ code }) => code)).toEqual(['return_of_return']);
  });

  it('is allowed by the pack, which refuses the way forth again', () => {
    const now = Date.now();
    const today = new ReadyStack(makeTrust({ now: now - 30 * 60_000 }), now);
    today.prove();
    today.grant();
    today.prove(livePosture, remodelled);
    today.grant(remodelled);
    expect(askPack(today.place, livePosture, remodelled)).toEqual([]);
    today.grant(livePosture);
    const [refusal] = askPack(today.place, remodelled, livePosture);
    expect(refusal).toMatch(/it is no return either: .*\[return_of_return\]/);
    today.destroy();
  });

  it('is made a second time only as the rise that it is', () => {
    stack.grant(livePosture);
    stack.wait(5);
    stack.prove(livePosture, remodelled);
    stack.grant(remodelled);
    expect(stack.codes(livePosture)).toContain('canary:already_used');
    expect(stack.decide(livePosture).againstReturn.map(({ code }) => code)).toEqual(['return_repeated']);
  });

  it('is refused when its time is over', () => {
    stack.wait(24 * 60);
    stack.renew();
    expect(stack.decide(livePosture).verdict).toBe('allow');
    stack.wait(1);
    stack.renew();
    expect(stack.decide(livePosture).againstReturn.map(({ code }) => code)).toEqual(['return_window_over']);
    expect(stack.codes(livePosture).length).toBeGreaterThan(0);
  });

  it('is refused when an hour went by without a renewal: nothing stands to be returned from', () => {
    stack.wait(61);
    expect(stack.decide(livePosture)).toMatchObject({ verdict: 'refuse', againstReturn: [] });
  });

  it('is refused when something has failed of what it goes back to', () => {
    stack.wait(5);
    stack.store('canary', null, livePosture, { predicate: failedCanary });
    expect(stack.decide(livePosture).againstReturn.map(({ code }) => code)).toEqual(['return_after_fail']);
  });

  it('is refused when a file of the evidence cannot be read', () => {
    writeFileSync(path.join(stack.place.evidence, 'canary-torn.json'), '{"payload');
    expect(stack.decide(livePosture).againstReturn.map(({ code }) => code)).toEqual(['return_unsure']);
  });

  it('is refused over a halt, and after it', () => {
    stack.append(haltAt(stack.now));
    expect(stack.codes(livePosture)).toContain('halt_open');
    expect(stack.decide(livePosture)).toMatchObject({ verdict: 'refuse', return: null, againstReturn: [] });
    const { openHalts } = readLedger(stack.files.ledger, stack.trust.root);
    stack.append(incidentOf(openHalts[0]!.hash), stack.trust.signers.approver);
    expect(stack.codes(livePosture)).not.toContain('halt_open');
    expect(stack.decide(livePosture)).toMatchObject({ verdict: 'refuse', return: null, againstReturn: [] });
  });

  it('never raises what was lowered', () => {
    stack.grant({ ...remodelled, confidenceThreshold: 0.9 }); // a fall: it needs nothing
    expect(stack.decide(remodelled).againstReturn.map(({ code }) => code)).toEqual(['return_of_fall']);
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
      'approval:already_used',
    ]);
  });

  it('after a halt is refused with the halt named', () => {
    stack.append(haltAt(stack.now));
    expect(stack.codes()).toContain('halt_open');
  });
});
