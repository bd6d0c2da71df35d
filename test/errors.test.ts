import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { CutoverError, exitCodes, messageOf } from '../errors';

describe('messageOf', () => {
  test.prop([fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true })])(
    'has words for anything that can be thrown',
    (thrown) => {
      expect(typeof messageOf(thrown)).toBe('string');
    },
  );

  it('says what an error says', () => {
    expect(messageOf(new CutoverError('some_code', 'in words', { exitCode: exitCodes.usage }))).toBe('in words');
    expect(messageOf('just text')).toBe('just text');
    expect(messageOf(undefined)).toBe('undefined');
    expect(messageOf({ toString: 1 })).toBe('[object Object]');
  });
});

describe('CutoverError', () => {
  it('keeps its cause, its details and its code', () => {
    const cause = new Error('below');
    const error = new CutoverError('some_code', 'above', { exitCode: exitCodes.refused, details: ['one'], cause });
    expect(error).toMatchObject({ name: 'CutoverError', code: 'some_code', exitCode: 3, details: ['one'], cause });
    expect(new CutoverError('some_code', 'above', { exitCode: exitCodes.usage })).not.toHaveProperty('cause');
  });
});
