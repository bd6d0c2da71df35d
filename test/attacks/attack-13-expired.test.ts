import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EvidenceKind } from '../../posture/proof';
import {
  kindsToLive,
  kindsToSecondAgent,
  livePosture,
  paperPosture,
  ReadyStack,
  secondAgent,
} from '../helpers/ready-stack';
import { statementOf } from '../helpers/sign-any';

// Attack 13: expired proof. What the trust root calls fresh is accepted a second before that ends, and refused a second after.
let stack: ReadyStack;
beforeEach(() => {
  stack = new ReadyStack();
});
afterEach(() => stack.destroy());

/** Measured so many seconds before its freshness ends, at the moment of the decision. */
const dated = (kind: EvidenceKind, secondsLeft: number) => {
  const age = stack.trust.root.freshSeconds[kind] - secondsLeft;
  return { [kind]: { predicate: { measuredAt: new Date(stack.now - age * 1000).toISOString() } } };
};

it.each(kindsToLive)('towards live: a %s counts a second before its end and not a second after', (kind) => {
  stack.proveAnew(null, livePosture, dated(kind, -1));
  expect(stack.codes()).toEqual([`${kind}:expired`]);
  expect(stack.decide(paperPosture).verdict).toBe('allow');
  stack.proveAnew(null, livePosture, dated(kind, 1));
  expect(stack.codes()).toEqual([]);
});

it.each(kindsToSecondAgent)('under live: a %s counts a second before its end and not a second after', (kind) => {
  stack.standLive();
  stack.proveAnew(livePosture, secondAgent, late(kind, -1));
  expect(stack.codes(secondAgent)).toEqual([`${kind}:expired`]);
  stack.proveAnew(livePosture, secondAgent, late(kind, 1));
  expect(stack.codes(secondAgent)).toEqual([]);
});

/** As `dated`, with a watch that was over before a soak of an hour ago began. */
function late(kind: EvidenceKind, secondsLeft: number) {
  const edits = dated(kind, secondsLeft);
  if (kind !== 'soak') return edits;
  return { ...edits, watch: { predicate: { measuredAt: new Date(stack.now - 91 * 60_000).toISOString() } } };
}

it.each(kindsToLive)('a %s that was good expires by waiting alone', (kind) => {
  stack.proveAnew(null, livePosture, dated(kind, 60));
  expect(stack.codes()).toEqual([]);
  stack.now += 59_000;
  expect(stack.codes()).toEqual([]);
  stack.now += 2_000;
  expect(stack.codes()).toEqual([`${kind}:expired`]);
});

it('an approval ends when its approver said, where that is sooner', () => {
  const { approval } = stack.proveAnew();
  const { expiresAt } = statementOf(approval!.envelope).predicate.measurements;
  const end = Date.parse(expiresAt);
  expect(end).toBeLessThan(stack.now + stack.trust.root.freshSeconds.approval * 1000 - 60_000);
  expect(stack.codes(livePosture, end - 1000)).not.toContain('approval:expired');
  expect(stack.codes(livePosture, end + 1000)).toContain('approval:expired');
});
