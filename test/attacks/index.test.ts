import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

// docs/threat-model.md says what stops each attack and which test shows it; here that table is held to be complete.
const root = path.resolve(__dirname, '..', '..');
const attacks = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30, 31, 33,
];

const text = readFileSync(path.join(root, 'docs', 'threat-model.md'), 'utf8');
const rows = [...text.matchAll(/^\| (\d+) ([^|]+)\|([^|]+)\|([^|]+)\|$/gm)].map(([, number, , control, tests]) => ({
  number: Number(number),
  codes: [...control!.matchAll(/`([a-z]+_[a-z_]+)`/g)].map((match) => match[1]!),
  files: [...tests!.matchAll(/`([^`]+\.test\.ts)`/g)].map((match) => match[1]!),
}));

it('every attack has one row', () => {
  expect(rows.map(({ number }) => number)).toEqual(attacks);
});

describe.each(rows)('attack $number', ({ number, files, codes }) => {
  const sources = files.map((file) => readFileSync(path.join(root, file), 'utf8'));

  it('has tests, each named by its number in the file or in a title', () => {
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) {
      const words = new RegExp(
        `Attacks?\\b[^\\n]*\\b${number}\\b|(?:it|test|describe)(?:\\.each\\([^\\n]*)?\\(\\s*['"\`]${number}: `,
      );
      expect(source).toMatch(words);
    }
  });

  it('names only codes that its tests assert', () => {
    for (const code of codes) expect(sources.join('\n'), code).toContain(code);
  });
});

it('every test of attacks is in the table', () => {
  const folders = ['test/attacks', 'test/e2e/attacks'];
  const found = folders.flatMap((folder) => readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`));
  const named = new Set(rows.flatMap(({ files }) => files));
  expect(found.filter((file) => !named.has(file) && file !== 'test/attacks/index.test.ts')).toEqual([]);
});
