import { expect, test } from 'vitest';
import { exitCodes } from '../../errors';
import { EvidenceError, type EvidenceErrorCode } from '../../evidence/errors';
import { LedgerError, type LedgerErrorCode } from '../../ledger/errors';

test.each<[EvidenceErrorCode, number]>([
  ['key_missing', exitCodes.missing],
  ['trust_root_missing', exitCodes.missing],
  ['passphrase_short', exitCodes.usage],
  ['bad_signature', exitCodes.refused],
  ['threshold', exitCodes.refused],
])('an EvidenceError %s ends a verb with its own exit code', (code, exitCode) => {
  const cause = new Error('cause');
  const error = new EvidenceError(code, 'words', { details: ['a detail'], cause });
  expect(error).toMatchObject({
    name: 'EvidenceError',
    code,
    exitCode,
    message: 'words',
    details: ['a detail'],
    cause,
  });
  expect(new EvidenceError(code, 'words').details).toEqual([]);
});

test.each<[LedgerErrorCode, number]>([
  ['missing', exitCodes.missing],
  ['write_failed', exitCodes.unexpected],
  ['foreign', exitCodes.refused],
  ['busy', exitCodes.refused],
])('a LedgerError %s ends a verb with its own exit code', (code, exitCode) => {
  const cause = new Error('cause');
  const error = new LedgerError(code, 'words', { details: ['a detail'], cause });
  expect(error).toMatchObject({ name: 'LedgerError', code, exitCode, message: 'words', details: ['a detail'], cause });
  expect(new LedgerError(code, 'words').details).toEqual([]);
});
