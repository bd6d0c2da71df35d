import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { parseStrictJson } from '../../evidence/strict-json';

const forbidden = /"(__proto__|constructor|prototype)"/;

describe('strict JSON', () => {
  test.prop([fc.json({ depthSize: 'small' })])('reads what JSON.parse reads', (text) => {
    fc.pre(!forbidden.test(text));
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  test.prop([fc.string({ unit: 'binary' })])('never reads what JSON.parse refuses', (text) => {
    let value: unknown;
    try {
      value = parseStrictJson(text);
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxError);
      return;
    }
    expect(value).toEqual(JSON.parse(text));
  });

  test.each([
    ['a key twice', '{"a":1,"a":1}'],
    ['a key twice in two writings', '{"a":1,"\\u0061":1}'],
    ['__proto__', '{"__proto__":{"passed":true}}'],
    ['__proto__ in another writing', '{"\\u005f_proto__":1}'],
    ['constructor', '{"a":[{"constructor":1}]}'],
    ['a comma too many', '[1,]'],
    ['a missing comma', '[1 2]'],
    ['a missing colon', '{"a" 1}'],
    ['a key that is no string', '{a:1}'],
    ['text behind the document', '{} {}'],
    ['nothing', ''],
    ['a number that overflows', '1e999'],
    ['a number with a leading zero', '01'],
    ['NaN', 'NaN'],
    ['half a surrogate pair', '"\\ud800"'],
    ['a raw control character', '"\u0001"'],
    ['a byte order mark', '\ufeff{}'],
  ])('refuses %s', (_, text) => {
    expect(() => parseStrictJson(text)).toThrow(SyntaxError);
  });

  test('refuses bytes that are not UTF-8', () => {
    expect(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow(SyntaxError);
  });

  test('reads 32 levels and refuses a million without exhausting the stack', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(() => parseStrictJson(nested(32))).not.toThrow();
    expect(() => parseStrictJson(nested(34))).toThrow(/levels/);
    expect(() => parseStrictJson(nested(1_000_000))).toThrow(/levels/);
  });

  test('a string of a million characters is no trouble, closed or not', () => {
    const long = 'a\\n'.repeat(300_000);
    expect(parseStrictJson(`"${long}"`)).toHaveLength(600_000);
    expect(() => parseStrictJson(`"${long}`)).toThrow(SyntaxError);
  });
});
