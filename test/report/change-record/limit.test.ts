import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ExplainedChange, ExplainedFile, ExplainedReason } from '../../../posture/explain/explanation';
import type { ChangeRecordInput } from '../../../report/change-record/input';
import { makeRecord, markerOf } from '../../../report/change-record/record';
import { renderMarkdown } from '../../../report/change-record/record-markdown';
import { ReadyStack } from '../../helpers/ready-stack';
import { inputOf, scenes } from './changes';

// Whatever the input: short enough for a comment, every fold closed, every table whole, and nothing of others' as markup.

let stack: ReadyStack;
let base: ChangeRecordInput;
beforeAll(() => {
  stack = new ReadyStack();
  base = inputOf(stack, scenes['mixed: two rises and a fall']!);
});
afterAll(() => stack.destroy());

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '@desk ',
    '<b>',
    '|',
    '`',
    '\\',
    '\u202e',
    '\n## Allowed\n',
    '</details>',
    '<!-- cutover:change-record:main -->',
  ),
);
const text = fc
  .tuple(fc.array(piece, { minLength: 1, maxLength: 8 }), fc.constantFrom(1, 1, 30, 100))
  .map(([parts, times]) => parts.join('').repeat(times));
const count = fc.constantFrom(0, 1, 7, 120);
const many = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc
    .tuple(fc.array(one, { minLength: 1, maxLength: 4 }), count)
    .map(([some, times]) => Array.from({ length: times }, (_, index) => some[index % some.length]!));

const reason: fc.Arbitrary<ExplainedReason> = text.map((said) => ({
  code: said,
  severity: 'forged',
  message: said,
  meaning: said,
  file: said,
}));
const file: fc.Arbitrary<ExplainedFile> = text.map((said) => ({
  file: said,
  code: 'malformed',
  severity: 'forged',
  message: said,
  meaning: said,
}));
const change: fc.Arbitrary<ExplainedChange> = fc.tuple(text, fc.boolean()).map(([said, judged]) => ({
  dimension: 'opaque',
  what: said,
  from: said,
  to: { said },
  direction: 'rise',
  proofs: [],
  judged,
}));

const anyInput = fc
  .record({
    stack: text,
    said: text,
    changes: many(change),
    reasons: many(reason),
    files: many(file),
    strings: many(text),
    refused: fc.boolean(),
  })
  .map(
    ({ stack: name, said, changes, reasons, files, strings, refused }): ChangeRecordInput => ({
      ...base,
      explanation: {
        ...base.explanation,
        stack: name,
        changes,
        reasons,
        warnings: reasons,
        notNeeded: files,
        gates: base.explanation.gates.map((gate) => ({ ...gate, reasons, others: files })),
        ledger: { readable: false, reason: said },
      },
      compared: { base: { revision: said, commit: said }, head: { revision: said, commit: null } },
      guardian: { from: null, verdict: 'refuse', reasons },
      notes: strings.map((one) => ({ code: 'note', text: one })),
      openHalts: strings.map((one) => ({ haltedAt: 0, reason: one })),
      drift: strings,
      configFile: said,
      preview: refused
        ? { state: 'failed', code: said, message: said, details: strings }
        : {
            state: 'ran',
            refused,
            seconds: 1,
            posture: null,
            warnings: strings,
            changes: strings.map((one) => ({ name: one, operation: one })),
            violations: strings.map((one) => ({ policy: one, pack: one, level: one, resource: one, message: one })),
          },
    }),
  );

const countOf = (markdown: string, pattern: RegExp) => markdown.match(pattern)?.length ?? 0;

test.prop([anyInput], { numRuns: 25, endOnFailure: true })(
  'any record fits into a comment and is nothing but its own markup',
  (input) => {
    const markdown = renderMarkdown(makeRecord(input));
    expect(markdown.length).toBeLessThan(65_536);
    expect(markdown.startsWith(`${markerOf(input.explanation.stack)}\n## `)).toBe(true);
    for (const heading of [
      'Changes of risk',
      'Blast radius',
      'Proof',
      'Open halts',
      'Engine preview',
      'How to revert',
      'After the merge',
    ])
      expect(markdown).toContain(`\n### ${heading}`);
    const bare = markdown
      .replace(/<code>[^<>`|\n]*<\/code>|`[^`|\\\n]*`/g, '')
      .slice(markerOf(input.explanation.stack).length);
    expect(bare).not.toMatch(/[@`\\[\]{}$~&=]|(?!\n)[\p{C}\p{M}]/u);
    expect(bare.replace(/<\/?(details|summary)>|->/g, '')).not.toMatch(/[<>]/);
    expect(countOf(bare, /^<details>$/gm)).toBe(countOf(bare, /^<\/details>$/gm));
    // Every row has its table's cells.
    let cells = 0;
    for (const line of bare.split('\n')) {
      const own = countOf(line, /\|/g);
      if (own > 0 && cells > 0) expect(own, line).toBe(cells);
      cells = own;
    }
  },
);

it('says how much it leaves out', () => {
  const notes = Array.from({ length: 5_000 }, (_, index) => ({ code: 'note', text: `note ${index}` }));
  const markdown = renderMarkdown(makeRecord({ ...base, notes }));
  expect(markdown).toContain('- Note 37.\n');
  expect(markdown).toMatch(/^_49\d\d more lines are left out here; `cutover change-record --json` has everything._$/m);
});

it('no stack has the marker of another', () => {
  const names = [
    'main',
    'main2',
    'a-b',
    'a--b',
    'a%b',
    'a b',
    '-->',
    'ä',
    'main -->',
    'm'.repeat(5_000),
    'm'.repeat(5_001),
  ];
  expect(new Set(names.map(markerOf)).size).toBe(names.length);
  for (const name of names) expect(markerOf(name)).toMatch(/^<!-- cutover:change-record:[\w.%;]+ -->$/);
});
