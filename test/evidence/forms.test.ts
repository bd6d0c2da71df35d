import { describe, expect, test } from 'vitest';
import { account, digest, name, note, time } from '../../evidence/forms';
import { digestBytes } from '../../posture/digest';

const good = (form: { safeParse(value: unknown): { success: boolean } }, value: unknown) =>
  form.safeParse(value).success;

describe('the simple values of documents', () => {
  test.each([
    ['a name', name, 1, 200],
    ['a note', note, 0, 2000],
  ])('%s has its length, neither shorter nor longer', (_, form, least, most) => {
    for (const length of [least, least + 1, most - 1, most]) expect(good(form, 'a'.repeat(length))).toBe(true);
    for (const length of [least - 1, most + 1].filter((length) => length >= 0))
      expect(good(form, 'a'.repeat(length))).toBe(false);
    for (const other of [1, null, undefined, ['a']]) expect(good(form, other)).toBe(false);
  });

  test('a digest is SHA-256 in lower case, and what is none is told what was expected', () => {
    expect(good(digest, digestBytes('x'))).toBe(true);
    for (const other of ['', digestBytes('x').toUpperCase(), `${digestBytes('x')}0`, 1, null, [digestBytes('x')]]) {
      const parsed = digest.safeParse(other);
      expect(parsed.error?.issues.map(({ message }) => message)).toEqual(['expected sha256: and 64 hex digits']);
    }
  });

  test('a time is RFC 3339 in UTC', () => {
    expect(good(time, '2026-01-02T03:04:05.678Z')).toBe(true);
    for (const other of ['2026-01-02T03:04:05+01:00', '2026-01-02T03:04:05', '2026-01-02', 0])
      expect(good(time, other)).toBe(false);
  });

  test('an account has a venue and an id, and nothing else', () => {
    expect(good(account, { venue: 'a', id: 'b' })).toBe(true);
    for (const other of [{ venue: 'a' }, { id: 'b' }, { venue: 'a', id: 'b', more: 1 }, { venue: '', id: 'b' }])
      expect(good(account, other)).toBe(false);
  });
});
