import { expect, it } from 'vitest';
import { describeMoment, describeSpan, toTime } from '../../../posture/explain/describe-time';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

it.each([
  [-1, '0 s'],
  [999, '0 s'],
  [119 * second + 999, '119 s'],
  [2 * minute, '2 min'],
  [120 * minute - 1, '119 min'],
  [120 * minute, '2 h'],
  [48 * hour - 1, '47 h'],
  [48 * hour, '2 d'],
  [72 * hour - 1, '2 d'],
])('%d ms are %s', (milliseconds, told) => {
  expect(describeSpan(milliseconds)).toBe(told);
});

it('a time that is none, or beyond all dates, is told without an error', () => {
  expect(toTime(Number.NaN)).toBe('unknown');
  expect(toTime(Number.POSITIVE_INFINITY)).toBe('+275760-09-13T00:00:00.000Z');
  expect(toTime(Number.NEGATIVE_INFINITY)).toBe('-271821-04-20T00:00:00.000Z');
  expect(describeMoment(Date.UTC(2026, 5, 1, 2, 3, 4, 567))).toBe('2026-06-01T02:03:04Z');
});
