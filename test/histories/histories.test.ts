import { describe, expect, it } from 'vitest';
import { tamperNames } from './commands/tamper';
import { decisionPlants, partPlants, partsWith } from './plants';
import { type Histories, perSeed, runHistories } from './run';

const full = 10_000;
const count = Number(process.env.CUTOVER_HISTORIES ?? 100);

/** What must have happened for the histories to say anything. */
const commands = [
  'go live',
  'promote',
  'expand',
  'rotate',
  'loosen',
  'again',
  'tighten',
  'revert',
  'return',
  'halt',
].concat(['close', 'expire', 'jump', 'tamper', 'repair']);
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
    'too_short',
    'before_grant',
    'before_watch',
    'too_few_closes',
    'wide_margin',
  ],
  [
    'simulated_feed',
    'scaled_clock',
    'trained_on',
    'other_transition',
    'other_ledger_head',
    'other_evidence',
    'halt_open',
  ],
  [
    'ledger_unreadable',
    'clock_stepped_back',
    'more_than_one_rise',
    'too_many_agents',
    'over_cap',
    'same_signer',
    'return allowed',
  ],
);

describe('random histories on real keys, evidence and ledger', () => {
  const plants = new Map(Object.entries(decisionPlants));
  const ran: Histories[] = [];
  const times = (what: string) => ran.reduce((sum, { tally }) => sum + (tally[what] ?? 0), 0);

  it('go as the model says', () => {
    for (let seed = 1; (seed - 1) * perSeed < count; seed++)
      ran.push(runHistories({ seed, count: perSeed, known: seed === 1, plants }));
    const [histories, steps] = [ran.length * perSeed, ran.reduce((sum, part) => sum + part.commands, 0)];
    console.log(`${histories} histories, ${steps} commands (in full: CUTOVER_HISTORIES=${full})`);
    expect(ran.flatMap(({ violation }) => violation ?? [])).toEqual([]);
  }, 3_600_000);

  it('and are not empty', () => {
    const expected = [...commands.map((name) => `command ${name}`), ...refusals];
    expect(expected.filter((what) => times(what) === 0)).toEqual([]);
    expect(tamperNames.filter((name) => times(`tamper ${name}`) > 0).length).toBeGreaterThan(tamperNames.length / 2);
    expect(times('rise allowed')).toBeGreaterThan(count);
  });

  it('catch every decision that has a fault planted', () => {
    expect([...plants.keys()]).toEqual([]);
  });

  it.each(Object.keys(partPlants))(
    'catch %s',
    (name) => {
      expect(runHistories({ seed: 1, count: perSeed, known: true, parts: partsWith(name) }).violation).not.toBeNull();
    },
    120_000,
  );

  it('repeat exactly', () => {
    const [one, other] = [0, 1].map(() => runHistories({ seed: 7, count: 1 }));
    expect(one).toEqual(other);
  });
});
