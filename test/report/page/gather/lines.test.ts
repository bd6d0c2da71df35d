import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readLines } from '../../../../report/page/gather/lines';

const folder = mkdtempSync(path.join(tmpdir(), 'lines-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (text: string) => {
  const file = path.join(folder, 'log');
  writeFileSync(file, text);
  return [...readLines(file)];
};

it('gives whole lines, across the parts in which a file is read', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `${index} ${'é'.repeat(index % 40)}`);
  expect(read(`${lines.join('\n')}\n`)).toEqual(lines);
  expect(read('one\ntorn')).toEqual(['one']);
  expect(read('')).toEqual([]);
});

it('passes over a line that is longer than any that is logged', () => {
  expect(read(`one\n${'x'.repeat(600_000)}\ntwo\n`)).toEqual(['one', 'two']);
  expect(read(`${'x'.repeat(70_000)}\ntwo\n`)).toEqual(['two']);
});
