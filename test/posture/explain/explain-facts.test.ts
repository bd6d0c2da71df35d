import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestBytes } from '../../../posture/digest';
import { explain } from '../../../posture/explain/explain';
import type { Posture } from '../../../posture/posture';
import { haltAt } from '../../helpers/ledger';
import { livePosture, paperPosture, ReadyStack } from '../../helpers/ready-stack';

let stack: ReadyStack;
beforeEach(() => (stack = new ReadyStack()));
afterEach(() => stack.destroy());

describe('what is not in order, and no obstacle to a fall', () => {
  const warned = (of: Partial<Parameters<typeof explain>[0]> = {}, to: Posture = paperPosture) =>
    explain({ ...stack.grounds(), to, ...of }).warnings.map(({ code, file: name }) =>
      name ? `${code} ${name}` : code,
    );

  it('is nothing where nothing is wrong, and no proof that is not there', () => {
    expect(warned()).toEqual([]);
    stack.prove();
    expect(warned()).toEqual([]);
  });

  it('is what would refuse a rise, the missing trust root alone where there is none', () => {
    stack.append(haltAt(stack.now - 60_000));
    expect(warned()).toEqual(['halt_open']);
    expect(warned({ trustRoot: null })).toEqual(['halt_open', 'trust_root_missing']);
    const unreadable = { readable: false, reason: 'torn' } as const;
    expect(warned({ ledger: unreadable })).toEqual(['ledger_unreadable']);
    expect(warned({ ledger: unreadable, trustRoot: null })).toEqual(['trust_root_missing']);
  });

  it('is a ledger of another trust root', () => {
    const { trustRoot } = stack.grounds();
    expect(warned({ trustRoot: { ...trustRoot!, genesis: digestBytes('other') } })).toEqual(['ledger_foreign']);
  });

  it('is not said twice of a rise, which it refuses', () => {
    stack.append(haltAt(stack.now - 60_000));
    expect(warned({}, livePosture)).toEqual([]);
  });

  it('is not that the caps are lower than what stands, which a fall need not mend at once', () => {
    const tooLarge: Posture = { ...paperPosture, risk: { ...paperPosture.risk, maxOrderUsd: 1e9 } };
    expect(stack.codes({ ...tooLarge, tradingMode: 'live' })).toContain('over_cap');
    expect(warned({}, tooLarge)).toEqual([]);
  });
});

it('a fall holds whatever the time is, and is told to be one, beside the mode too', () => {
  stack.standLive();
  const smaller: Posture = { ...livePosture, risk: { ...livePosture.risk, maxOrderUsd: 0.5 } };
  const told = (to: Posture) => {
    const { holdsUntil, changes } = explain({ ...stack.grounds(), to });
    return [holdsUntil, ...changes.map(({ what, direction, judged, proofs }) => [what, direction, judged, proofs])];
  };
  expect(told(smaller)).toEqual([null, ['risk.maxOrderUsd', 'fall', true, []]]);
  expect(told({ ...smaller, tradingMode: 'paper' })).toEqual([
    null,
    ['tradingMode', 'fall', true, []],
    ['risk.maxOrderUsd', 'fall', false, []],
  ]);
});

it('what is refused holds until nothing', () => {
  stack.prove(null, livePosture, { canary: { skip: true } });
  const { verdict, holdsUntil, gates } = explain({ ...stack.grounds(), to: livePosture });
  expect([verdict, holdsUntil]).toEqual(['refuse', null]);
  expect(gates.some(({ counted }) => counted)).toBe(true);
});
