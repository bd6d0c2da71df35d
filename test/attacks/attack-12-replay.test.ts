import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readLedger } from '../../ledger/ledger-file';
import { grantOf } from '../helpers/ledger';
import { livePosture, ReadyStack, type Stored } from '../helpers/ready-stack';

// Attack 12: the proof of one promotion is offered for a second one.
let stack: ReadyStack;
let first: Stored;
beforeEach(() => {
  stack = new ReadyStack();
  first = stack.prove();
});
afterEach(() => stack.destroy());

it('the first promotion is allowed, the second with the same proof is not', () => {
  expect(stack.codes()).toEqual([]);
  stack.grant();
  expect(stack.codes()).toEqual([]); // the granted posture again is no rise
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

it('fresh proof is allowed again, and one old piece among it is not', () => {
  stack.grant();
  stack.endGrant();
  stack.wait(5);
  const again = stack.prove();
  expect(stack.codes()).toEqual([]);
  expect(stack.decide().consumes).not.toContain(first.canary!.digest);
  expect(new Set(stack.decide().consumes)).toEqual(new Set(Object.values(again).map(({ digest }) => digest)));
});

it.each(['preflight', 'snapshot', 'canary', 'drill'] as const)('everything fresh but the %s is refused', (kind) => {
  stack.grant();
  stack.endGrant();
  stack.wait(5);
  stack.prove(null, livePosture, { [kind]: { skip: true } });
  expect(stack.codes()).toContain(`${kind}:already_used`);
});

it('a copy under another name is the same evidence', () => {
  stack.grant();
  stack.endGrant();
  cpSync(first.canary!.file, path.join(stack.place.evidence, 'canary-copy.json'));
  rmSync(first.canary!.file);
  expect(stack.codes()).toContain('canary:already_used');
});

it('the ledger itself takes no grant that consumes evidence a second time', () => {
  stack.grant();
  stack.endGrant();
  const before = readLedger(stack.files.ledger, stack.trust.root).head;
  expect(() => stack.append(grantOf(first.canary!.digest))).toThrow(
    expect.objectContaining({ code: 'evidence_reused' }),
  );
  expect(readLedger(stack.files.ledger, stack.trust.root).head).toEqual(before);
});
