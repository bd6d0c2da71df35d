import { cpSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { predicateTypeOf } from '../../evidence/statement';
import {
  kindsToLive,
  kindsToSecondAgent,
  livePosture,
  ReadyStack,
  type Stored,
  secondAgent,
} from '../helpers/ready-stack';

// Attack 2: a valid signature by the right key, over another predicate than the one that is needed.
let stack: ReadyStack;
let stored: Stored;
beforeEach(() => {
  stack = new ReadyStack();
  stored = stack.prove();
  expect(stack.codes()).toEqual([]);
});
afterEach(() => stack.destroy());

const foreign = [
  'https://slsa.dev/provenance/v1',
  'https://in-toto.io/attestation/test-result/v0.1',
  'https://cutover.dev/evidence/toString/v1',
  '',
];

it.each(kindsToLive)('a %s of a predicate type that is not ours is refused', (kind) => {
  const ours = predicateTypeOf(kind);
  for (const predicateType of [...foreign, `${ours}/`, `${ours}#`, ours.replace(/v1$/, 'v2'), ours.toUpperCase()]) {
    stack.replace(stored[kind]!, (statement) => ({ ...statement, predicateType }));
    expect(stack.codes(), predicateType).toEqual([`${kind}:unknown_predicate`]);
  }
  stack.replace(stored[kind]!, (statement) => statement);
  expect(stack.codes()).toEqual([]);
});

it.each(kindsToLive)('a %s that names another kind of ours is refused', (kind) => {
  for (const other of kindsToLive.filter((one) => one !== kind)) {
    stack.replace(stored[kind]!, (statement) => ({ ...statement, predicateType: predicateTypeOf(other) }));
    const byRole = (kind === 'approval') !== (other === 'approval');
    expect(stack.codes(), other).toEqual([`${kind}:${byRole ? 'wrong_role' : 'malformed'}`]);
  }
});

it('one kind of evidence is not taken for another, whatever its file is called', () => {
  for (const kind of ['preflight', 'snapshot', 'drill'] as const) {
    cpSync(stored[kind]!.file, stored.canary!.file);
    expect(stack.codes(), kind).toEqual(['canary:missing']);
  }
});

it('a watch is no soak, although both say the same of what they saw', () => {
  stack.destroy();
  stack = new ReadyStack();
  stack.standLive();
  stored = stack.prove(livePosture, secondAgent);
  expect(stack.codes(secondAgent)).toEqual([]);
  expect(stack.decide(secondAgent).needs).toEqual(kindsToSecondAgent);
  stack.replace(stored.soak!, (statement) => ({ ...statement, predicateType: predicateTypeOf('watch') }));
  expect(stack.codes(secondAgent)).toEqual(['soak:missing']);
  rmSync(stored.soak!.file);
  expect(stack.codes(secondAgent)).toEqual(['soak:missing']);
});
