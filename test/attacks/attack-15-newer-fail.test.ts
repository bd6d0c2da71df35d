import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Measurements } from '../../evidence/statement';
import type { EvidenceKind } from '../../posture/proof';
import { passing } from '../helpers/claims';
import { livePosture, ReadyStack, secondAgent } from '../helpers/ready-stack';

// Attack 15: an older pass is offered after a newer fail.
let stack: ReadyStack;
beforeEach(() => {
  stack = new ReadyStack();
  stack.prove();
  expect(stack.codes()).toEqual([]);
});
afterEach(() => stack.destroy());

const failed: Pick<{ readonly [K in EvidenceKind]: Measurements<K> }, 'preflight' | 'snapshot' | 'canary' | 'drill'> = {
  preflight: { checks: [{ name: 'backend health', passed: false }] },
  snapshot: passing.snapshot,
  canary: { ...passing.canary, verdict: 'reject' },
  drill: { ...passing.drill, haltSeconds: 2 },
};
const kinds = Object.keys(failed) as (keyof typeof failed)[];

/** A failed evidence, measured so many minutes after the pass. */
function fail(kind: keyof typeof failed, minutesLater: number): void {
  const measuredAt = new Date(stack.now + (minutesLater - 2) * 60_000).toISOString();
  const predicate = { passed: false, measuredAt, measurements: failed[kind] };
  stack.store(kind, null, livePosture, { predicate });
}

it.each(kinds)('a newer fail of the %s defeats the pass', (kind) => {
  fail(kind, 1);
  expect(stack.codes()).toContain(`${kind}:failed`);
});

it.each(kinds)('an older fail of the %s does not', (kind) => {
  fail(kind, -1);
  expect(stack.codes()).toEqual([]);
});

it.each(kinds)('at the same moment the fail of the %s counts', (kind) => {
  fail(kind, 0);
  expect(stack.codes()).toContain(`${kind}:failed`);
});

it("an approver's later no defeats an earlier yes, an earlier one does not", () => {
  const measuredAt = (minutes: number) => new Date(stack.now + minutes * 60_000).toISOString();
  const no = (minutes: number) =>
    stack.store('approval', null, livePosture, {
      predicate: { passed: false, measuredAt: measuredAt(minutes) } as never,
    });
  no(-5);
  expect(stack.codes()).toEqual([]);
  no(0);
  expect(stack.codes()).toEqual(['approval:failed']);
});

it.each(['watch', 'soak'] as const)('a newer fail of the %s defeats the pass, an older one does not', (kind) => {
  stack.standLive();
  stack.proveAnew(livePosture, secondAgent);
  const passedAt = stack.decide(secondAgent).accepted.find((one) => one.kind === kind)!.measuredAt;
  const failAt = (ms: number) =>
    stack.store(kind, livePosture, secondAgent, {
      predicate: {
        passed: false,
        measuredAt: new Date(ms).toISOString(),
        measurements: { ...passing[kind], breaches: ['error rate 6 %'] },
      },
    });
  failAt(passedAt - 1000);
  expect(stack.codes(secondAgent)).toEqual([]);
  failAt(passedAt);
  expect(stack.codes(secondAgent)).toContain(`${kind}:failed`);
});
