import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { describePair } from '../../../report/change-record/describe-value';
import { code, prose, visible } from '../../../report/change-record/escape';

const nasty = [
  '@desk',
  '<img src=x onerror=1>',
  '|',
  '`',
  '``',
  '\\',
  '\u202e',
  '\u200b',
  '\ud800',
  '](http://x)',
  '#42',
  '\n',
];
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ maxLength: 5 })), { maxLength: 12 })
    .map((parts) => parts.join('')),
);

/** What is left of Markdown outside its code. */
const outside = (markdown: string) => markdown.replace(/<code>[^<>`|\n]*<\/code>|`[^`|\\\n]*`/g, '');

describe('code', () => {
  test.prop([anyText])('is nothing but code, in which everything can be seen', (text) => {
    const shown = code(text);
    expect(outside(shown)).toMatch(/^(\(empty\))?$/);
    expect(shown).not.toMatch(/[\p{C}\p{M}]/u);
  });

  test.prop([fc.string({ maxLength: 60, unit: 'binary' }), fc.string({ maxLength: 60, unit: 'binary' })])(
    'tells two texts apart',
    (one, other) => {
      fc.pre(one !== other);
      expect(visible(one)).not.toBe(visible(other));
    },
  );

  it.each([
    ['live_trader', '`live_trader`'],
    ['a|b', '<code>a&#124;b</code>'],
    ['`rm`', '<code>&#96;rm&#96;</code>'],
    ['back\u202eward', '`back‹U+202E›ward`'],
    ['no\u200bthing', '`no‹U+200B›thing`'],
    ['two  spaces ', '`two ‹U+0020›spaces‹U+0020›`'],
    ['', '(empty)'],
  ])('shows %j as %s', (text, shown) => expect(code(text)).toBe(shown));

  it('says how much of a long text it leaves out, and stays short whatever has to be escaped', () => {
    expect(code('x'.repeat(1_000))).toBe(`\`${'x'.repeat(300)}… (700 more characters)\``);
    expect(code('|\u202e'.repeat(100_000)).length).toBeLessThanOrEqual(1_200);
    expect(prose('@a|\u202e '.repeat(100_000)).length).toBeLessThanOrEqual(1_200);
  });
});

describe('prose', () => {
  test.prop([anyText])('has outside of code nothing but plain words', (text) => {
    const shown = prose(text);
    expect(outside(shown)).toMatch(/^[A-Za-z0-9 ,.;:'"()/%>-]*$/);
    expect(outside(shown)).not.toMatch(/www\.|:\/\/|^\s*([-+>]|\d+[.)])\s/);
  });

  it.each([
    ['there is no canary [missing]', 'there is no canary `[missing]`'],
    ['ask @desk, see #42 or GH-42', 'ask `@desk`, see `#42` or `GH-42`'],
    ['until 2026-01-02T03:04:05Z; then', 'until 2026-01-02T03:04:05Z; then'],
    ['- [ ] done', '`-` `[` `]` done'],
    ['1. a list', '`1`. a list'],
    ['www.example.com or 0123abcdef', '`www.example.com` or `0123abcdef`'],
    ['run cutover up --stack main, then wait', 'run `cutover up --stack main`, then wait'],
    ['<!-- cutover:change-record:main -->', '`<!--` `cutover:change-record:main` `-->`'],
  ])('shows %j as %s', (text, shown) => expect(prose(text)).toBe(shown));
});

describe('the two values of a change', () => {
  const value = fc.oneof(fc.jsonValue(), fc.string({ maxLength: 400 }));
  test.prop([value, value])('can always be told apart', (one, other) => {
    fc.pre(JSON.stringify(one) !== JSON.stringify(other));
    const [from, to] = describePair(one, other);
    expect(code(from)).not.toBe(code(to));
  });

  it('are cut part by part: a long path hides no argument', () => {
    const agent = { name: 'night_trader', command: ['/a/long/path'.repeat(20)], args: ['--limit', 'none'] };
    const [, to] = describePair(null, [agent]);
    expect(to).toMatch(
      /^name night_trader, command \["\/a\/long\/path.*… \(194 more characters\), args \["--limit","none"\]$/,
    );
  });
});
