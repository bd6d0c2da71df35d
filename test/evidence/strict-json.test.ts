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

  test.each([
    ['{"a":1,"a":2}', 'a key is given twice in one object: 2 are given, 1 are different'],
    ['{"prototype":1}', 'the key "prototype" is not allowed'],
    ['1e999', 'a number is too large'],
    ['"\\ud800"', 'half a surrogate pair in "\\ud800"'],
    ['{"\\ud800":1}', 'half a surrogate pair in "\\ud800"'],
    [`${'['.repeat(34)}${']'.repeat(34)}`, 'nested more than 32 levels deep'],
  ])('says of %j what is wrong', (text, message) => {
    expect(() => parseStrictJson(text)).toThrow(new SyntaxError(message));
  });

  test.each(['{"a" 1}', '{"a"', '{a:1}', '{"a":1 "b":2}', '[1 2]', '[1}', '[1', ' ', 'x', '1 1', '"a'])(
    'refuses %j, which is no JSON',
    (text) => {
      expect(() => parseStrictJson(text)).toThrow(SyntaxError);
    },
  );

  test('reads 33 levels of values in 32 of lists or of objects, and not one more', () => {
    const list = (depth: number) => `${'['.repeat(depth)}0${']'.repeat(depth)}`;
    const object = (depth: number) => `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`;
    for (const nested of [list, object]) {
      expect(parseStrictJson(nested(32))).toEqual(JSON.parse(nested(32)));
      expect(() => parseStrictJson(nested(33))).toThrow(/levels/);
    }
  });

  test.each(['constructor', 'prototype', '__proto__'])('refuses the key %s at any depth', (key) => {
    for (const text of [`{"${key}":1}`, `[{"a":{"${key}":1}}]`])
      expect(() => parseStrictJson(text)).toThrow(`the key "${key}" is not allowed`);
  });

  test.each([
    '[]',
    '{}',
    '[ ]',
    '{ }',
    ' [ 1 , 2 ] ',
    ' { "a" : 1 , "b" : [ ] } ',
    '[1,[2,[]],{"a":{}}]',
    '{"a":{"a":1},"b":{"a":2}}',
    'true',
    'false',
    'null',
    '[true,false,null]',
    '-0',
    '0',
    '10.25',
    '1e5',
    '1E+5',
    '12e-10',
    '-1.50e05',
    '"\\"\\\\ \\u00e9"',
    '\t\r\n[\t\r\n]\t\r\n',
  ])('reads %j', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
    expect(parseStrictJson(Buffer.from(text))).toEqual(JSON.parse(text));
  });

  test.each(['-', '+1', '.5', '1.', '1e', '1e+', '00', '-01', 'tru', 'nul', 'truefalse', 'nulll', "'a'", '\u00a01'])(
    'refuses %j',
    (text) => {
      expect(() => JSON.parse(text)).toThrow();
      expect(() => parseStrictJson(text)).toThrow(SyntaxError);
    },
  );

  test('says that bytes are not UTF-8, and why', () => {
    expect(() => parseStrictJson(Buffer.from([0xff]))).toThrow(
      expect.objectContaining({ message: 'expected UTF-8', cause: expect.any(Error) }),
    );
    expect(() => parseStrictJson(Buffer.from('\ufeff1'))).toThrow(SyntaxError);
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
