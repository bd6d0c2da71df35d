import { describe, expect, test } from 'vitest';
import { maxEnvelopeBytes, parseEnvelope } from '../../evidence/dsse';
import { signEvidence } from '../../evidence/sign';
import { payloadType } from '../../evidence/statement';
import { isEvidence, verifyEvidence } from '../../evidence/verify';
import { digestBytes } from '../../posture/digest';
import { claimOf, measured, measuredAt, target } from '../helpers/claims';
import { makeTrust } from '../helpers/trust';
import { withCode } from '../helpers/with-code';

const { root, signers } = makeTrust();
const sign = (changes: Parameters<typeof claimOf<'snapshot'>>[1] = {}) =>
  signEvidence(claimOf('snapshot', changes), signers.measure);
const filesOf = (count: number, length = 1) => ({
  files: Array.from({ length: count }, () => ({ name: 'a'.repeat(length), digest: digestBytes('a'), bytes: 1 })),
});

describe('signing', () => {
  test('makes an in-toto statement of two postures, and says what it made', () => {
    const signed = sign();
    const { payload } = parseEnvelope(Buffer.from(signed.envelope), payloadType);
    expect(signed).toMatchObject({ kind: 'snapshot', measuredAt, digest: digestBytes(payload) });
    expect(JSON.parse(Buffer.from(payload).toString())).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [
        { name: 'posture/measured', digest: { sha256: measured.slice('sha256:'.length) } },
        { name: 'posture/target', digest: { sha256: target.slice('sha256:'.length) } },
      ],
      predicateType: 'https://cutover.dev/evidence/snapshot/v1',
      predicate: claimOf('snapshot').predicate,
    });
    expect(payloadType).toBe('application/vnd.in-toto+json');
  });

  test('names everything that keeps it from being signed', () => {
    expect(() => sign({ stack: '', measurements: filesOf(0) })).toThrow(withCode('malformed'));
    try {
      sign({ stack: '', measurements: filesOf(0) });
    } catch (error) {
      const details = (error as { details: string[] }).details;
      expect(details.length).toBeGreaterThan(1);
      expect(details.join('\n')).toMatch(/stack[\s\S]*files/);
      expect((error as Error).message).toBe('the snapshot cannot be signed');
    }
  });

  test('refuses what says that it passed although it did not, and signs what says that it failed', () => {
    const measurements = { checks: [{ name: 'a', passed: false }] };
    const failed = (passed: boolean) => signEvidence(claimOf('preflight', { passed, measurements }), signers.measure);
    expect(() => failed(true)).toThrow('the preflight says that it passed, but its measurements did not');
    expect(() => failed(true)).toThrow(withCode('inconsistent'));
    expect(isEvidence(verifyEvidence(Buffer.from(failed(false).envelope), 'a', root))).toBe(true);
  });

  test('makes no envelope that would not be read', () => {
    expect(() => sign({ measurements: filesOf(500, 600) })).toThrow(withCode('too_large'));
    expect(() => sign({ measurements: filesOf(500, 600) })).toThrow(
      new RegExp(`^the snapshot has [0-9]{6} bytes, at most ${maxEnvelopeBytes}$`),
    );
    expect(isEvidence(verifyEvidence(Buffer.from(sign({ measurements: filesOf(400, 200) }).envelope), 'a', root))).toBe(
      true,
    );
  });
});
