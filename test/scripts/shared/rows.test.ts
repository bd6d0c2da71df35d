import { expect, it } from 'vitest';
import { widthOf } from '../../../posture/explain/text-width';
import { alignRows } from '../../../scripts/shared/rows';

const rows = [
  ['backend', 'running', 'http://127.0.0.1:8000'],
  [
    'a-workload-with-a-long-name',
    'unresponsive',
    'http://127.0.0.1:8010 it does not answer, and was asked three times',
  ],
  ['気配', '-', ''],
];

it('aligns each column to its widest cell, and breaks nothing where nobody said how wide', () => {
  const [first, second, third, ...more] = alignRows(rows);
  expect(more).toEqual([]);
  expect(first).toBe('  backend                      running       http://127.0.0.1:8000');
  expect(second!.length).toBeGreaterThan(100);
  expect(second!.indexOf('http')).toBe(first!.indexOf('http'));
  expect(third).toBe('  気配                         -');
  expect(widthOf(third!)).toBe('  backend                      -'.length);
});

it('keeps to the columns of a terminal, and loses no word', () => {
  const lines = alignRows(rows, 72);
  expect(lines.every((line) => widthOf(line) <= 72)).toBe(true);
  expect(lines.length).toBeGreaterThan(rows.length);
  expect(lines.join(' ').split(/\s+/)).toEqual(alignRows(rows).join(' ').split(/\s+/));
});

it('has nothing to say of nothing', () => {
  expect(alignRows([])).toEqual([]);
});
