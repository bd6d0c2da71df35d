import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { digestBytes, digestOf, isDigest } from '../../posture/digest';

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
