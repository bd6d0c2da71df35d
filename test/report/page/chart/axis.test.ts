import { fc, test as property } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { countAxis, numberAxis, placeOn, timeAxis } from '../../../../report/page/chart/axis';

it('has round ends and even labels', () => {
  expect(numberAxis([-0.001, 0.0183])).toEqual({
    min: -0.005,
    max: 0.02,
    labels: ['-0.005', '0', '0.005', '0.01', '0.015', '0.02'],
  });
  expect(numberAxis([])).toMatchObject({ min: 0, max: 1 });
  expect(numberAxis([5])).toMatchObject({ min: 0 });
  expect(countAxis([1])).toEqual({ min: 0, max: 2, labels: ['0', '1', '2'] });
});

it('shows days where a span has them, and seconds where it is short', () => {
  const from = Date.parse('2026-01-02T03:04:05Z');
  expect(timeAxis(from, from + 60_000).labels).toEqual(['03:04:05', '03:04:35', '03:05:05']);
  expect(timeAxis(from, from + 86_400_000).labels[2]).toBe('01-03 03:04');
  expect(placeOn(timeAxis(from, from), from)).toBe(0);
});

property.prop([fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1 })])(
  'holds every value',
  (values) => {
    const axis = numberAxis(values);
    const slack = (axis.max - axis.min) * 1e-6;
    for (const value of values) {
      expect(value).toBeGreaterThanOrEqual(axis.min - slack);
      expect(value).toBeLessThanOrEqual(axis.max + slack);
    }
    expect(axis.labels.length).toBeGreaterThan(1);
    expect(axis.labels.length).toBeLessThan(8);
  },
);
