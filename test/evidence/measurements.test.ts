import { describe, expect, test } from 'vitest';
import { canPass, measurementsOf } from '../../evidence/measurements';
import type { EvidenceKind } from '../../posture/proof';
import { kinds, passing } from '../helpers/claims';
import { changedAt, malformedFrom, type Place } from '../helpers/places';

const good = (kind: EvidenceKind, value: unknown) => measurementsOf[kind].safeParse(value).success;

describe.each(kinds)('the measurements of a %s', (kind) => {
  test('are read as they are', () => {
    expect(measurementsOf[kind].parse(passing[kind])).toEqual(passing[kind]);
  });

  test('lack nothing, have nothing more, and are of their own types, at any depth', () => {
    for (const { where, document } of malformedFrom(passing[kind])) expect(good(kind, document), where).toBe(false);
  });
});

const many = <T>(length: number, value: T) => Array.from({ length }, () => value);
const check = { name: 'a', passed: true };
const file = passing.snapshot.files[0]!;
const fraction = { good: [0, 0.5, 1], bad: [-0.001, 1.001] };
const amount = { good: [0, 0.5, 1e9], bad: [-0.001, Number.NaN, Number.POSITIVE_INFINITY] };
const count = { good: [0, 1, 1e6], bad: [-1, 0.5] };
const positive = { good: [0.001, 1, 2], bad: [0, -1] };

describe('what is measured keeps within its bounds', () => {
  test.each<[EvidenceKind, Place, { good: unknown[]; bad: unknown[] }]>([
    [
      'preflight',
      ['checks'],
      { good: [many(1, check), many(2, check), many(200, check)], bad: [[], many(201, check)] },
    ],
    ['preflight', ['checks'], { good: [[{ ...check, detail: 'a' }]], bad: [[{ ...check, detail: 1 }]] }],
    ['snapshot', ['files'], { good: [many(1, file), many(2, file), many(500, file)], bad: [[], many(501, file)] }],
    ['snapshot', ['files', 0, 'name'], { good: ['a', 'a'.repeat(2000)], bad: ['', 'a'.repeat(2001)] }],
    ['snapshot', ['files', 0, 'bytes'], count],
    ['snapshot', ['files', 0, 'rows'], { good: [{}, { a: 0, b: 5 }], bad: [{ a: -1 }, { a: 'many' }, { '': 1 }] }],
    ['canary', ['verdict'], { good: ['promote', 'reject', 'not_yet'], bad: ['', 'perhaps'] }],
    ['canary', ['baseline'], { good: ['flat', 'current'], bad: ['', 'other'] }],
    ['canary', ['trades'], count],
    ['canary', ['minTrades'], { good: [1, 2], bad: [0, -1, 1.5] }],
    ['canary', ['alpha'], { good: [0.001, 0.5, 0.999], bad: [0, 1, -0.1, 1.1] }],
    ['canary', ['margin'], fraction],
    ...(['mean', 'lower', 'upper'] as const).map(
      (place) =>
        ['canary', [place], { good: [null, -1, 0, 1], bad: ['1'] }] as [
          EvidenceKind,
          Place,
          { good: unknown[]; bad: unknown[] },
        ],
    ),
    ['canary', ['trainedUntil'], { good: [null, '2026-01-02T03:04:05Z'], bad: ['', 'never'] }],
    ...(['watch', 'soak'] as const).flatMap((kind): [EvidenceKind, Place, { good: unknown[]; bad: unknown[] }][] => [
      [kind, ['sampledSeconds'], amount],
      [kind, ['intervalSeconds'], positive],
      [kind, ['samples'], count],
      [kind, ['errorRate'], fraction],
      [kind, ['maxDrawdown'], fraction],
      [kind, ['degradedSeconds'], amount],
      [kind, ['consecutiveRejections'], count],
      [kind, ['orders', 'attempted'], count],
      [kind, ['orders', 'filled'], count],
      [kind, ['orders', 'rejected'], count],
      [kind, ['realizedCloses', 'source'], { good: ['trader.db', 'exit_manager.db', 'none'], bad: ['', 'other.db'] }],
      [kind, ['realizedCloses', 'count'], count],
      [kind, ['realizedCloses', 'expectedSource'], { good: ['trader.db', 'exit_manager.db'], bad: ['', 'none'] }],
      [kind, ['realizedCloses', 'minimum'], count],
      [kind, ['breaches'], { good: [[], many(2, 'a'), many(200, 'a')], bad: [many(201, 'a'), [1]] }],
    ]),
    ['drill', ['steps'], { good: [many(1, check), many(200, check)], bad: [[], many(201, check)] }],
    ['drill', ['haltSeconds'], amount],
    ['drill', ['boundSeconds'], positive],
    [
      'approval',
      ['evidence'],
      { good: [[], many(2, file.digest), many(50, file.digest)], bad: [many(51, file.digest), ['sha1:00']] },
    ],
    ['approval', ['comment'], { good: ['', 'a'.repeat(2000)], bad: ['a'.repeat(2001), 1] }],
  ])('%s %j', (kind, place, { good: within, bad: beyond }) => {
    for (const value of within)
      expect(good(kind, changedAt(passing[kind], place, value)), String(value).slice(0, 50)).toBe(true);
    for (const value of beyond)
      expect(good(kind, changedAt(passing[kind], place, value)), String(value).slice(0, 50)).toBe(false);
  });
});

describe('a pass', () => {
  const passes = (kind: EvidenceKind, changes: object) =>
    canPass(kind, { ...measurementsOf[kind].parse(passing[kind]), ...changes } as never);

  test.each(kinds)('of a %s is one when all is well', (kind) => {
    expect(passes(kind, {})).toBe(true);
  });

  test('takes every check', () => {
    const failed = { ...check, passed: false };
    for (const kind of [
      { kind: 'preflight', field: 'checks' },
      { kind: 'drill', field: 'steps' },
    ] as const) {
      expect(passes(kind.kind, { [kind.field]: [check, failed] })).toBe(false);
      expect(passes(kind.kind, { [kind.field]: [failed, check] })).toBe(false);
      expect(passes(kind.kind, { [kind.field]: [check, check] })).toBe(true);
    }
  });

  test('of a canary takes the verdict, enough trades and a lower bound above the margin', () => {
    for (const verdict of ['reject', 'not_yet']) expect(passes('canary', { verdict })).toBe(false);
    expect(passes('canary', { trades: 30 })).toBe(true);
    expect(passes('canary', { trades: 29 })).toBe(false);
    expect(passes('canary', { lower: null })).toBe(false);
    expect(passes('canary', { lower: -0.001 })).toBe(false);
    expect(passes('canary', { lower: -0.0009999 })).toBe(true);
    expect(passes('canary', { lower: 0.0005, margin: 0 })).toBe(true);
    expect(passes('canary', { lower: 0, margin: 0 })).toBe(false);
  });

  test.each(['watch', 'soak'] as const)('of a %s takes samples, no breach, and the closed trades wanted', (kind) => {
    const closes = passing[kind].realizedCloses;
    expect(passes(kind, { breaches: ['a'] })).toBe(false);
    expect(passes(kind, { samples: 0 })).toBe(false);
    expect(passes(kind, { samples: 1 })).toBe(true);
    expect(passes(kind, { realizedCloses: { ...closes, source: 'none' } })).toBe(false);
    expect(passes(kind, { realizedCloses: { ...closes, source: 'exit_manager.db' } })).toBe(false);
    expect(passes(kind, { realizedCloses: { ...closes, count: 3 } })).toBe(true);
    expect(passes(kind, { realizedCloses: { ...closes, count: 2 } })).toBe(false);
  });

  test('of a drill takes a halt within its bound', () => {
    expect(passes('drill', { haltSeconds: 1 })).toBe(true);
    expect(passes('drill', { haltSeconds: 1.001 })).toBe(false);
  });

  test('of a snapshot and of an approval is their word', () => {
    expect(passes('snapshot', { files: [] })).toBe(true);
    expect(passes('approval', { evidence: [] })).toBe(true);
  });
});
