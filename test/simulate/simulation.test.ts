import { describe, expect, it } from 'vitest';
import { allPermitChecks } from '../../protocol/accept-permit';
import { allOrderChecks } from '../../protocol/admit-order';
import { allIssueChecks } from '../../protocol/issue-permit';
import { faults } from '../../simulate/faults';
import { runHistory } from '../../simulate/history';
import { findPlant, plants } from '../../simulate/plants';
import { emptySummary, summarise } from '../../simulate/summary';

const histories = 1_000;
const plantedSeeds = 2_500;
const decisionCodes = [
  'rise allowed',
  'fall allowed',
  'missing',
  'malformed',
  'failed',
  'expired',
  'future_dated',
  'other_target',
  'other_posture',
  'already_used',
  'too_short',
  'before_grant',
  'before_watch',
  'too_few_closes',
  'other_transition',
  'other_ledger_head',
  'other_evidence',
  'same_signer',
  'halt_open',
  'ledger_unreadable',
  'trust_root_missing',
  'clock_stepped_back',
  'more_than_one_rise',
  'too_many_agents',
  'over_cap',
  'return allowed',
  'return_of_return',
  'return_repeated',
  'return_window_over',
  'return_of_fall',
  'return_after_fail',
];

it('breaks no invariant, and is not empty', () => {
  const summary = emptySummary();
  for (let seed = 1; seed <= histories; seed++) summarise(summary, runHistory(seed));
  console.log(
    `simulated ${histories} histories, ${summary.orders.executed} orders executed (reduced; full: npm run simulate -- --count 100000)`,
  );
  expect(summary.failures).toEqual([]);
  expect(summary.orders.executed).toBeGreaterThan(10 * histories);
  expect(Object.keys(summary.faults).sort()).toEqual(Object.keys(faults).sort());
  expect(summary.boundMs.reachable).toBeLessThanOrEqual(1_000);
  expect(summary.boundMs.unreachable).toBeLessThanOrEqual(15_020);
  // Every check has refused something. Two only ever repeat another in these histories: unit tests hold them.
  const never = allPermitChecks.concat(allOrderChecks as never).map(({ name }) => name);
  const refused = Object.keys(summary.orders.refusedByCode);
  expect(never.filter((name) => !refused.includes(name)).sort()).toEqual([
    'permit_genesis',
    'permit_lease',
    'reduce_only',
  ]);
  // Decisions went both ways, and a rise was refused for every reason that a stack's own history can give.
  const decided = Object.keys(summary.decidedByCode);
  expect([...decisionCodes].filter((code) => !decided.includes(code))).toEqual([]);
  const notIssued = Object.keys(summary.notIssuedByCode);
  expect(allIssueChecks.map(({ name }) => name).filter((name) => !notIssued.includes(name))).toEqual([]);
}, 120_000);

it('replays a seed exactly', () => {
  const trace = (seed: number) => {
    const lines: string[] = [];
    runHistory(seed, null, (line) => lines.push(line));
    return lines;
  };
  for (const seed of [1, 2, 3, 51]) expect(trace(seed)).toEqual(trace(seed));
  expect(trace(2)).not.toEqual(trace(3));
});

describe('a planted fault is caught', () => {
  it.each(Object.keys(plants))(
    '%s',
    (name) => {
      let seed = 1;
      while (seed <= plantedSeeds && runHistory(seed, name).violations.length === 0) seed++;
      expect(seed).toBeLessThanOrEqual(plantedSeeds);
    },
    120_000,
  );

  it('and an unknown one is named', () => {
    expect(() => findPlant('nothing-of-the-kind')).toThrow(RangeError);
  });
});
