import { describe, expect, test } from 'vitest';
import { formatEnvelope, maxEnvelopeBytes, parseEnvelope } from '../../evidence/dsse';
import { generateSigner } from '../../evidence/keys';
import { coSignEvidence, signEvidence } from '../../evidence/sign';
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

describe('signing what others have signed', () => {
  const two = makeTrust({ keys: { measure: 2 } });
  const [first, second] = two.signers.measure;
  const signed = Buffer.from(signEvidence(claimOf('snapshot'), [first!]).envelope);

  test('adds the signature and changes nothing else: then as many keys count', () => {
    expect(verifyEvidence(signed, 'a', two.root)).toMatchObject({ code: 'threshold' });
    const { envelope, signatures } = coSignEvidence(signed, second!);
    expect(signatures).toBe(2);
    const [before, after] = [signed, Buffer.from(envelope)].map((bytes) => parseEnvelope(bytes, payloadType));
    expect(after!.payload).toEqual(before!.payload);
    expect(after!.signatures.map(({ keyid }) => keyid)).toEqual([first!.keyId, second!.keyId]);
    expect(after!.signatures[0]).toEqual(before!.signatures[0]);
    expect(verifyEvidence(Buffer.from(envelope), 'a', two.root)).toMatchObject({
      kind: 'snapshot',
      keyIds: [first!.keyId, second!.keyId].sort(),
    });
  });

  test('is refused to a key that has signed it, whatever id stands there', () => {
    const { payload, signatures } = parseEnvelope(signed, payloadType);
    const renamed = signatures.map(({ sig }) => ({ keyid: 'another', sig }));
    for (const bytes of [signed, Buffer.from(formatEnvelope({ payloadType, payload, signatures: renamed }))])
      expect(() => coSignEvidence(bytes, first!)).toThrow(withCode('threshold'));
    expect(() => coSignEvidence(signed, first!)).toThrow(/signed it already/);
  });

  test('makes nothing that would not be read, and takes nothing that is none', () => {
    const signers = Array.from({ length: 8 }, generateSigner);
    const full = Buffer.from(signEvidence(claimOf('snapshot'), signers).envelope);
    expect(parseEnvelope(full, payloadType).signatures).toHaveLength(8);
    expect(() => coSignEvidence(full, first!)).toThrow(withCode('malformed'));
    const other = Buffer.from(signed.toString().replace(payloadType, 'application/json'));
    expect(() => coSignEvidence(other, second!)).toThrow(withCode('wrong_payload_type'));
  });
});
