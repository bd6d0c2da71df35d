import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkForm } from '../../evidence/check-form';
import { verifyEvidence } from '../../evidence/verify';
import { parseEntry } from '../../ledger/entry';
import { LedgerError } from '../../ledger/errors';
import { makeTrust } from '../helpers/trust';

/** Found by `npm run fuzz`: its length is an object that becomes no number. */
const uncomparable = { length: [{ toString: null }] };

describe('a form', () => {
  const form = z.strictObject({ name: z.string().min(1) });

  it('gives what is right, and names what is wrong', () => {
    expect(checkForm(form, { name: 'one' })).toEqual({ data: { name: 'one' } });
    expect(checkForm(form, { name: '' })).toMatchObject({ wrong: expect.stringContaining('name') });
  });

  it('is wrong for an object whose length cannot be compared', () => {
    expect(() => form.safeParse({ name: uncomparable })).toThrow(TypeError);
    expect(checkForm(form, { name: uncomparable })).toHaveProperty('wrong');
  });

  it('does not hide an error of its own', () => {
    const broken = z.custom(() => {
      throw new RangeError('mine');
    });
    expect(() => checkForm(broken, 1)).toThrow('mine');
  });
});

describe('such an object', () => {
  const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

  it('makes an evidence malformed', () => {
    const envelope = { payloadType: uncomparable, payload: '', signatures: [] };
    expect(verifyEvidence(bytes(envelope), 'one', makeTrust().root)).toMatchObject({ code: 'malformed' });
  });

  it('makes an entry of the ledger malformed', () => {
    expect(() => parseEntry(bytes({ stack: uncomparable, seq: 1 }), 'entry 1')).toThrow(LedgerError);
  });
});
