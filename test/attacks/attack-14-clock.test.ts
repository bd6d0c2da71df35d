import { afterEach, beforeEach, expect, it } from 'vitest';
import { hashOf } from '../../ledger/entry';
import { readLedger } from '../../ledger/ledger-file';
import { clockToleranceMs } from '../../posture/judge-evidence';
import type { EvidenceKind } from '../../posture/proof';
import { haltAt, incidentOf } from '../helpers/ledger';
import {
  kindsToLive,
  kindsToSecondAgent,
  livePosture,
  paperPosture,
  ReadyStack,
  secondAgent,
} from '../helpers/ready-stack';

// Attack 14: proof that is dated in the future, and a clock that is stepped back to make old proof young.
let stack: ReadyStack;
beforeEach(() => {
  stack = new ReadyStack();
});
afterEach(() => stack.destroy());

/** Dated so many milliseconds after the decision. */
const ahead = (kind: EvidenceKind, ms: number) => ({
  [kind]: { predicate: { measuredAt: new Date(stack.now + ms).toISOString() } },
});

it.each(kindsToLive)('a %s from the future is refused, one within the tolerance of clocks is not', (kind) => {
  stack.proveAnew(null, livePosture, ahead(kind, clockToleranceMs + 1));
  expect(stack.codes()).toEqual([`${kind}:future_dated`]);
  stack.proveAnew(null, livePosture, ahead(kind, clockToleranceMs));
  expect(stack.codes()).toEqual([]);
});

it.each(kindsToSecondAgent)('under live too: a %s from the future is refused', (kind) => {
  stack.standLive();
  stack.proveAnew(livePosture, secondAgent, ahead(kind, clockToleranceMs + 1));
  expect(stack.codes(secondAgent)).toContain(`${kind}:future_dated`);
  stack.proveAnew(livePosture, secondAgent);
  expect(stack.codes(secondAgent)).toEqual([]);
});

it('an approval from the future does not last longer for it', () => {
  const { approval } = stack.trust.root.freshSeconds;
  stack.proveAnew(null, livePosture, ahead('approval', clockToleranceMs));
  expect(stack.codes(livePosture, stack.now + clockToleranceMs + (approval + 1) * 1000)).toContain('approval:expired');
});

/** A halt that was closed: what it leaves is the ledger's newest time, and nothing against a rise. */
function recordTime(): number {
  stack.append(haltAt(stack.now));
  const halt = hashOf(readLedger(stack.files.ledger, stack.trust.root).entries.at(-1)!);
  stack.append(incidentOf(halt), stack.trust.signers.approver);
  return stack.now;
}

it('a clock behind the ledger by more than the tolerance refuses every rise, and no fall', () => {
  const newest = recordTime();
  stack.proveAnew();
  expect(stack.codes()).toEqual([]);
  expect(stack.codes(livePosture, newest - clockToleranceMs)).toEqual([]);
  expect(stack.codes(livePosture, newest - clockToleranceMs - 1)).toEqual(['clock_stepped_back']);
  expect(stack.codes(livePosture, 0)).toContain('clock_stepped_back');
  expect(stack.decide(paperPosture, 0)).toMatchObject({ verdict: 'allow', reasons: [] });
});

it('a step back within the tolerance makes no proof younger: the ledger knows the time', () => {
  const newest = recordTime();
  const age = (stack.trust.root.freshSeconds.preflight + 30) * 1000;
  stack.proveAnew(null, livePosture, {
    preflight: { predicate: { measuredAt: new Date(newest - age).toISOString() } },
  });
  expect(stack.codes()).toEqual(['preflight:expired']);
  expect(stack.codes(livePosture, newest - clockToleranceMs + 1)).toEqual(['preflight:expired']);
});

it('the ledger itself never goes back in time, whatever the clock of who appends', () => {
  const newest = recordTime();
  stack.wait(-60);
  stack.append(haltAt(stack.now));
  expect(readLedger(stack.files.ledger, stack.trust.root).newestTime).toBe(newest);
});

it('a standing grant does not outlive its hour by a clock that is stepped back', () => {
  stack.proveAnew();
  stack.grant();
  expect(stack.codes()).toEqual([]); // the posture that stands is no rise
  const granted = stack.now;
  stack.wait(61);
  stack.append({ kind: 'halt', body: { haltedAt: stack.now, reason: 'later', by: 'guardian' } });
  expect(stack.codes(livePosture, granted)).toContain('clock_stepped_back');
});
