import { createInterface, type Interface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cutTo, widthOf } from '../../../posture/explain/text-width';
import { wrap } from '../../../posture/explain/wrap';

// Node.js keeps its own count of columns to itself, but a line that is edited says where its cursor is.
let line: Interface & { line: string; cursor: number };
beforeAll(() => {
  line = createInterface({ input: new PassThrough(), output: new PassThrough(), terminal: true, prompt: '' }) as never;
});
afterAll(() => line.close());

function nodeWidth(text: string): number {
  Object.assign(line, { line: text, cursor: text.length });
  return line.getCursorPos().cols;
}

it('counts every letter, digit and emoji as Node.js does', () => {
  const wrong: string[] = [];
  let counted = 0;
  for (let code = 0x20; code <= 0x10ffff; code += 1) {
    const text = String.fromCodePoint(code);
    if (!/^[\p{L}\p{Nd}\p{Emoji_Presentation}]$/u.test(text)) continue;
    counted += 1;
    if (widthOf(text) !== nodeWidth(text)) wrong.push(`U+${code.toString(16)}`);
  }
  expect(counted).toBeGreaterThan(100_000);
  expect(wrong).toEqual([]);
});

it.each([
  ['ask', 3],
  ['', 0],
  ['スプレッド', 10],
  ['ｱ', 1],
  ['Ａ', 2],
  ['e\u0301', 1],
  ['한국', 4],
  ['🛑 halt', 7],
])('%j takes %i columns', (text, columns) => {
  expect([widthOf(text), nodeWidth(text)]).toEqual([columns, columns]);
});

it.each([
  ['short', 10, 'short'],
  ['just right', 10, 'just right'],
  ['one too long', 11, 'one too...'],
  ['スプレッドが変', 11, 'スプレッ...'],
  ['e\u0301e\u0301e\u0301e\u0301e\u0301', 4, 'e\u0301...'],
])('%j in %i columns is %j', (text, columns, expected) => {
  expect(cutTo(text, columns)).toBe(expected);
  expect(widthOf(cutTo(text, columns))).toBeLessThanOrEqual(columns);
});

it('breaks lines by columns, not by characters', () => {
  const lines = wrap('  ! ', '気配 値が 広い spread', 14);
  expect(lines).toEqual(['  ! 気配 値が', '    広い', '    spread']);
  for (const one of lines) expect(widthOf(one)).toBeLessThanOrEqual(14);
});
