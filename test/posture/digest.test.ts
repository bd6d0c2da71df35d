import { readFileSync } from 'node:fs';
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { digestBytes, digestFile, digestOf, isDigest, rememberDigest } from '../../posture/digest';

test.prop([fc.dictionary(fc.string(), fc.jsonValue())])('the order of keys does not matter', (value) => {
  const reversed = Object.fromEntries(Object.entries(value).reverse());
  expect(digestOf(reversed)).toBe(digestOf(value));
});

test.prop([fc.jsonValue(), fc.jsonValue()])(
  'values with the same JSON have the same digest, others another',
  (one, other) => {
    // -0 and 0 are the same number in JSON.
    const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
    expect(digestOf(one) === digestOf(other)).toBe(same);
  },
);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  // Marked as an object: {} is not [].
  return { object: entries.map(([key, inner]) => [key, sorted(inner)]) };
}

it('is the SHA-256 that everybody knows', () => {
  expect(digestBytes('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(digestOf({ b: 1, a: [true, null] })).toBe(digestBytes('{"a":[true,null],"b":1}'));
});

it('knows a digest when it sees one', () => {
  expect(isDigest(digestBytes('x'))).toBe(true);
  for (const text of ['', 'sha1:00', `sha256:${'0'.repeat(63)}`, `sha256:${'A'.repeat(64)}`, `x${digestBytes('x')}`]) {
    expect(isDigest(text)).toBe(false);
  }
});

it('refuses what is not JSON', () => {
  expect(() => digestOf(undefined)).toThrow(TypeError);
  expect(() => digestOf(Number.NaN)).toThrow();
});

it('is remembered for an object, and computed anew for another', () => {
  let count = 0;
  const digest = rememberDigest((value: { text: string }) => {
    count += 1;
    return digestBytes(value.text);
  });
  const one = { text: 'a' };
  expect([digest(one), digest(one)]).toEqual([digestBytes('a'), digestBytes('a')]);
  expect(count).toBe(1);
  expect([digest({ text: 'a' }), digest({ text: 'b' })]).toEqual([digestBytes('a'), digestBytes('b')]);
  expect(count).toBe(3);
});

it("of a file is that of the file's bytes", () => {
  expect(digestFile(__filename)).toBe(digestBytes(readFileSync(__filename)));
  expect(() => digestFile(`${__filename}.none`)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

it('says what has none, and takes no digest with anything around it', () => {
  expect(() => digestOf(undefined)).toThrow('only JSON values have a digest');
  for (const text of [`${digestBytes('x')}0`, `${digestBytes('x')}\n`, ` ${digestBytes('x')}`])
    expect(isDigest(text)).toBe(false);
});
