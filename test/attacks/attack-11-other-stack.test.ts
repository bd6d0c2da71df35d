import { cpSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Posture } from '../../posture/posture';
import { livePosture, ReadyStack } from '../helpers/ready-stack';
import { makeTrust } from '../helpers/trust';

// Attack 11: the proof of another stack, project or environment. What was proved there is copied here as it is.
let stack: ReadyStack;
let elsewhere: ReadyStack | undefined;
beforeEach(() => {
  stack = new ReadyStack();
});
afterEach(() => {
  stack.destroy();
  elsewhere?.destroy();
});

const kinds = ['preflight', 'snapshot', 'canary', 'drill', 'approval'] as const;
const night: Posture = { ...livePosture, stack: 'night' };
const sandbox = { venue: 'simulated', id: 'simulated-2' };

it('the proof of this stack is allowed', () => {
  stack.prove();
  expect(stack.codes()).toEqual([]);
});

it('the proof of another stack is refused', () => {
  stack.prove(null, night);
  expect(stack.codes()).toEqual(kinds.map((kind) => `${kind}:other_stack`));
});

it('the proof of another environment (account or venue) is refused', () => {
  stack.prove(null, { ...livePosture, account: sandbox });
  expect(stack.codes()).toEqual(
    kinds.map((kind) => `${kind}:${kind === 'approval' ? 'other_stack' : 'other_account'}`),
  );
});

it('the proof of another project, by its own keys, is refused', () => {
  elsewhere = new ReadyStack(makeTrust());
  elsewhere.prove();
  expect(elsewhere.codes()).toEqual([]);
  cpSync(elsewhere.place.evidence, stack.place.evidence, { recursive: true });
  expect(stack.codes()).toEqual(kinds.map((kind) => `${kind}:unknown_key`));
});

it('neither keys nor ledger of this stack serve another stack or account', () => {
  for (const posture of [night, { ...livePosture, account: sandbox }]) {
    stack.prove(null, posture);
    expect(stack.codes(posture)).toEqual(['trust_root_foreign']);
  }
});

it("another project's ledger does not serve this one's keys", () => {
  stack.prove();
  elsewhere = new ReadyStack(makeTrust());
  cpSync(elsewhere.files.ledger, stack.files.ledger);
  const { reasons } = stack.decide();
  expect(reasons[0]).toMatchObject({ code: 'ledger_unreadable', message: expect.stringContaining('this ledger') });
});
