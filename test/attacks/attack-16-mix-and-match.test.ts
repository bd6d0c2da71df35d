import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { expectedMeasured } from '../../posture/judge-evidence';
import { digestPosture, type Posture } from '../../posture/posture';
import { livePosture, ReadyStack } from '../helpers/ready-stack';

// Attack 16: mix and match, the preflight of A with the canary of B.
let stack: ReadyStack;
beforeEach(() => {
  stack = new ReadyStack();
});
afterEach(() => stack.destroy());

const b: Posture = { ...livePosture, confidenceThreshold: 0.9 };
const kinds = ['preflight', 'snapshot', 'canary', 'drill'] as const;

it('A with all of A is allowed, and B with all of B', () => {
  stack.prove(null, livePosture);
  expect(stack.codes(livePosture)).toEqual([]);
  stack.prove(null, b);
  expect(stack.codes(b)).toEqual([]);
  expect(stack.codes(livePosture)).toEqual([]);
});

it.each(kinds)('A with the %s of B is refused', (kind) => {
  stack.prove(null, livePosture, { [kind]: { skip: true } });
  stack.store(kind, null, b);
  expect(stack.codes(livePosture)).toContain(`${kind}:other_target`);
});

it.each(kinds)('A with a %s that measured B for the target A is refused', (kind) => {
  const measured = kind === 'drill' ? digestPosture(b) : expectedMeasured(kind, null, b)!;
  stack.prove(null, livePosture, { [kind]: { measured } });
  expect(stack.codes(livePosture)).toContain(`${kind}:other_posture`);
});

it('an approval of other evidence than is used is refused', () => {
  const { canary } = stack.prove(null, livePosture);
  expect(stack.codes()).toEqual([]);
  rmSync(canary!.file);
  stack.store('canary', null, livePosture, { predicate: { timeScale: 2 } });
  expect(stack.codes()).toEqual(['approval:other_evidence']);
});

it('an approval of B is refused for A', () => {
  stack.prove(null, livePosture, { approval: { skip: true } });
  stack.store('approval', null, b);
  expect(stack.codes()).toEqual(['approval:other_transition']);
});
