import { describe, expect, it } from 'vitest';
import { headline, renderText } from '../../../posture/explain/explanation-text';
import {
  counted,
  fall,
  gate,
  halted,
  judgedAt,
  known,
  minute,
  notCounting,
  rise,
} from '../../helpers/known-explanation';

const brief = (of: Parameters<typeof known>[0]) => renderText(known(of), { width: 100, everything: false });
const whole = (of: Parameters<typeof known>[0]) => renderText(known(of), { width: 100, everything: true });

/** What follows a title, up to the next empty line. */
function under(title: string, lines: readonly string[]): string[] {
  const at = lines.findIndex((line) => line.startsWith(title));
  const rest = at < 0 ? [] : lines.slice(at + 1);
  const end = rest.indexOf('');
  return end < 0 ? rest : rest.slice(0, end);
}

describe('the headline', () => {
  it.each<[string, Parameters<typeof known>[0]]>([
    [
      'Allowed: paper -> live on stack main. Every proof counts until 2026-06-01T12:30:00Z, if nothing else changes.',
      {},
    ],
    ['Allowed: paper -> live on stack main. Every proof counts.', { holdsUntil: null }],
    ['Allowed: paper -> live on stack main. Every proof counts.', { holdsUntil: null, changes: [fall, rise] }],
    ['Allowed: paper -> live on stack main. Risk only falls, which needs no proof.', { changes: [fall] }],
    ['Allowed: paper -> live on stack main. No risk changes.', { changes: [] }],
    ['Allowed: paper -> live on stack main. No risk changes.', { changes: [{ ...rise, judged: false }] }],
    ['REFUSED: paper -> live on stack main, for one reason.', { verdict: 'refuse', reasons: [halted] }],
    ['REFUSED: paper -> live on stack main, for 2 reasons.', { verdict: 'refuse', reasons: [halted, halted] }],
    ['Allowed: paper -> live on stack main. No risk changes.', { from: null, changes: [] }],
    [
      'Allowed as a return, without proofs and once: paper -> live on stack main, to what was granted at ' +
        '2026-06-01T11:59:00Z; until 2026-06-01T12:01:00Z.',
      { return: { grantedAt: judgedAt - minute, until: judgedAt + minute } },
    ],
  ])('%s', (expected, of) => {
    expect(headline(known(of))).toBe(expected);
  });
});

describe('proof by proof', () => {
  const tell = (of: Parameters<typeof gate>[0], everything = false) =>
    under('Proof by proof:', (everything ? whole : brief)({ gates: [gate(of)] }));

  it('what counts says its age, how long it counts, and what it was made on', () => {
    expect(tell({})).toEqual(['  canary     yes  5 min old, 30 min left, embedded feed (canary.json)']);
    expect(tell({ counted: { ...counted, timeScale: 60, feed: 'recorded' } })).toEqual([
      '  canary     yes  5 min old, 30 min left, recorded feed, clock x 60 (canary.json)',
    ]);
    // An approval is measured on nothing.
    expect(tell({ proof: 'approval' })).toEqual(['  approval   yes  5 min old, 30 min left (canary.json)']);
  });

  it('what does not count says every reason, on lines of their own', () => {
    const { counted: _, ...without } = gate();
    const refused = (reasons: readonly (typeof halted)[]) =>
      under('Proof by proof:', brief({ gates: [{ ...without, status: 'does_not_count', reasons }] }));
    expect(refused([halted, { ...halted, code: 'expired', message: 'too old' }])).toEqual([
      '  canary     NO   halted [halt_open]',
      '                  too old [expired]',
    ]);
    expect(refused([])).toEqual(['  canary     NO']);
  });

  it('what a drill does not need is waived', () => {
    const { counted: _, ...without } = gate({ proof: 'drill', status: 'waived', others: [notCounting('a.json')] });
    const gates = [without];
    expect(under('Proof by proof:', brief({ gates }))).toEqual([
      "  drill      -    waived: this is a drill's own ledger",
    ]);
    expect(under('Proof by proof:', whole({ gates }))).toHaveLength(2);
  });

  it('every other file is named with everything, up to eight of them', () => {
    const others = (count: number) => Array.from({ length: count }, (_, at) => notCounting(`${at}.json`));
    expect(tell({ others: others(8) })).toHaveLength(1);
    const eight = tell({ others: others(8) }, true);
    expect(eight).toHaveLength(9);
    expect(eight[8]).toBe('             not 7.json: canary is 99 s old, at most 60 s count [expired]');
    expect(tell({ others: others(10) }, true)).toEqual([...eight, '             and 2 more, which --json names']);
  });
});

it('names evidence that nothing asks for, up to eight files', () => {
  const names = (count: number) =>
    under(
      'Evidence that this change does not need:',
      whole({ notNeeded: Array.from({ length: count }, (_, at) => notCounting(`${at}.json`)) }),
    );
  expect(names(0)).toEqual([]);
  expect(names(8)).toEqual(Array.from({ length: 8 }, (_, at) => `  ${at}.json`));
  expect(names(9)).toEqual([...names(8), '  and 1 more, which --json names']);
});

it('joins proofs that were never made, and no other reason that is called missing', () => {
  const missing = { ...halted, code: 'missing', severity: 'missing' as const };
  const reasons = [
    { ...missing, message: 'there is no canary', proof: 'canary' as const },
    { ...missing, message: 'something else is missing' },
    { ...missing, message: 'there is no soak', proof: 'soak' as const },
  ];
  expect(under('Against it', brief({ verdict: 'refuse', reasons }))).toEqual([
    '  ! missing  no proof of canary, soak [missing]',
    '  ! missing  something else is missing [missing]',
  ]);
});

it('says what changes beside the mode, and from where', () => {
  const changes = [rise, { ...fall, judged: false }];
  const title = (of: Parameters<typeof known>[0]) =>
    brief({ ...of, changes }).find((line) => line.startsWith('Changes w'));
  expect(title({})).toBe('Changes with it (from paper the posture is proved as a whole):');
  expect(title({ from: null })).toBe('Changes with it (from paper the posture is proved as a whole):');
  expect(title({ to: { tradingMode: 'paper', posture: null } })).toBe(
    'Changes with it (in paper nothing of it carries risk):',
  );
});

it('names the grounds, also those that have no name', () => {
  const grounds = (of: Parameters<typeof known>[0]) => under('Grounds:', whole(of));
  expect(grounds({ from: null, to: { tradingMode: 'live', posture: null }, trustRoot: null })).toEqual([
    '  judged at  2026-06-01T12:00:00Z',
    '  ledger     entry 3; no grant stands; open halts: 0',
    '  trust      no trust root',
    '  from       nothing',
    '  to         a posture without a name',
  ]);
  const unreadable = grounds({
    from: { tradingMode: 'live', posture: null },
    ledger: { readable: false, reason: 'torn' },
  });
  expect(unreadable.slice(1, 4)).toEqual([
    '  ledger     torn',
    '  trust      version 2 of the trust root',
    '  from       a posture without a name',
  ]);
});
