import { describe, expect, it } from 'vitest';
import { tamperNames } from './commands/tamper';
import { decisionPlants, partPlants, partsWith } from './plants';
import { type Histories, runHistories } from './run';

const reduced = 150;
const full = 10_000;
const count = Number(process.env['CUTOVER_HISTORIES'] ?? reduced);
const seed = 1;

/** What must have happened for the histories to say anything. */
const commands = [
  'promote',
  'expand',
  'rotate',
  'loosen',
  'again',
  'tighten',
  'revert',
  'return',
  'halt',
  'close',
].concat(['expire', 'jump', 'tamper', 'repair']);
const refusals = [
  'missing',
  'failed',
  'expired',
  'future_dated',
  'other_target',
  'other_posture',
  'already_used',
].concat(
  [
    'other_stack',
    'other_account',
    'wrong_role',
    'unknown_key',
    'bad_signature',
    'malformed',
    'too_short',
    'before_grant',
  ],
  ['too_few_closes', 'scaled_clock', 'other_transition', 'other_ledger_head', 'other_evidence', 'halt_open'],
  [
    'ledger_unreadable',
    'trust_root_missing',
    'clock_stepped_back',
    'more_than_one_rise',
    'too_many_agents',
    'over_cap',
  ],
);

describe('random histories on real keys, evidence and ledger', () => {
  const plants = new Map(Object.entries(decisionPlants));
  let ran: Histories;

  it('go as the model says', () => {
    ran = runHistories({ seed, count, plants });
    console.log(`${ran.histories} histories, ${ran.commands} commands (in full: CUTOVER_HISTORIES=${full})`);
    expect(ran.violation).toBeNull();
    expect(ran.histories).toBe(count);
  }, 3_600_000);

  it('and are not empty', () => {
    const expected = [...commands.map((name) => `command ${name}`), ...tamperNames.map((name) => `tamper ${name}`)];
    expect([...expected, ...refusals, 'close bad_signature'].filter((what) => !ran.tally[what])).toEqual([]);
    expect(ran.tally['rise allowed']).toBeGreaterThan(count);
  });

  it('catch every decision that has a fault planted', () => {
    expect([...plants.keys()]).toEqual([]);
  });

  it.each(Object.keys(partPlants))(
    'catch %s',
    (name) => {
      expect(runHistories({ seed, count: reduced, parts: partsWith(name) }).violation).not.toBeNull();
    },
    120_000,
  );

  it('repeat exactly', () => {
    const [one, other] = [0, 1].map(() => runHistories({ seed: 7, count: 3 }));
    expect(one).toEqual(other);
  });
});
