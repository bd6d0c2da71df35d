import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { generateSigner, type Signer } from '../../evidence/keys';
import { type Claim, signEvidence } from '../../evidence/sign';
import { payloadType } from '../../evidence/statement';
import { isEvidence, verifyEvidence } from '../../evidence/verify';
import { digestBytes } from '../../posture/digest';
import { type EvidenceKind, type Role, signerOf } from '../../posture/proof';
import { claimOf, kinds, measured, measuredAt, target } from '../helpers/claims';
import { signAny as signAnything, statementOf } from '../helpers/sign-any';
import { makeTrust, type Trust } from '../helpers/trust';

const trust = makeTrust();
const verify = (text: string | Uint8Array, by: Trust = trust) => verifyEvidence(Buffer.from(text), 'file', by.root);
const code = (text: string | Uint8Array, by?: Trust) => {
  const result = verify(text, by);
  return isEvidence(result) ? 'accepted' : result.code;
};
const signersOf = (kind: EvidenceKind, by: Trust = trust) => by.signers[signerOf[kind]];
const signed = <K extends EvidenceKind>(kind: K, changes?: Partial<Claim<K>['predicate']>) =>
  signEvidence(claimOf(kind, changes), signersOf(kind)).envelope;

/** Signs any statement at all, properly. */
const signAny = (statement: unknown, signers: readonly Signer[] = trust.signers.measure, type = payloadType) =>
  signAnything(statement, signers, type);

describe('an honest evidence', () => {
  test.each(kinds)('of the kind %s says what was signed', (kind) => {
    const evidence = signEvidence(claimOf(kind), signersOf(kind));
    expect(verify(evidence.envelope)).toMatchObject({
      kind,
      digest: evidence.digest,
      name: 'file',
      keyIds: signersOf(kind).map(({ keyId }) => keyId),
      stack: 'main',
      account: { venue: 'simulated', id: 'simulated-1' },
      measured,
      target,
      passed: true,
      measuredAt: Date.parse(measuredAt),
      feed: 'embedded',
      timeScale: 1,
    });
  });

  test('carries what its kind adds', () => {
    expect(verify(signed('canary'))).toMatchObject({
      dataFrom: Date.parse('2026-01-01T00:00:00Z'),
      trainedUntil: Date.parse('2025-12-01T00:00:00Z'),
    });
    expect(verify(signed('soak'))).toMatchObject({ sampledSeconds: 1800 });
    expect(verify(signed('drill'))).toMatchObject({ drillAccount: 'drill-1' });
    expect(verify(signed('approval'))).toMatchObject({
      approves: { transition: digestBytes('transition'), expiresAt: Date.parse('2026-01-02T04:04:05Z') },
    });
  });

  test('that failed is evidence too, of a failure', () => {
    const failed = signed('preflight', { passed: false, measurements: { checks: [{ name: 'a', passed: false }] } });
    expect(verify(failed)).toMatchObject({ kind: 'preflight', passed: false });
  });

  test('11: of another stack or account says so, and is another evidence', () => {
    expect(verify(signed('canary', { stack: 'other' }))).toMatchObject({ stack: 'other' });
    const digests = [{}, { stack: 'other' }, { account: { venue: 'simulated', id: 'other' } }].map(
      (changes) => signEvidence(claimOf('canary', changes), signersOf('canary')).digest,
    );
    expect(new Set(digests).size).toBe(3);
  });
});

test('every key of ours that signed is named, whatever its role, and others are not', () => {
  const [measure] = trust.signers.measure as [Signer];
  const [approver] = trust.signers.approver as [Signer];
  const by = [generateSigner(), approver, measure, measure];
  expect(verify(signEvidence(claimOf('canary'), by).envelope)).toMatchObject({
    keyIds: [measure.keyId, approver.keyId].sort(),
  });
});

describe('refused by name', () => {
  test('1: nothing, an empty bundle, no signature', () => {
    expect(code('')).toBe('malformed');
    expect(code('{}')).toBe('malformed');
    expect(code(signAny(statementOf(signed('canary')), []))).toBe('unsigned');
  });

  test('2: a valid signature over another predicate', () => {
    const statement = statementOf(signed('canary'));
    for (const predicateType of [
      'https://slsa.dev/provenance/v1',
      'https://cutover.dev/evidence/canary/v2',
      'https://cutover.dev/evidence/canary/v1/',
      'https://cutover.dev/evidence/toString/v1',
    ]) {
      expect(code(signAny({ ...statement, predicateType }))).toBe('unknown_predicate');
    }
    const preflight = 'https://cutover.dev/evidence/preflight/v1';
    expect(code(signAny({ ...statement, predicateType: preflight }))).toBe('malformed');
  });

  test('3: a payload that is not JSON, although it was signed', () => {
    expect(code(signAny('{"_type":'))).toBe('malformed');
    expect(code(signAny('null'))).toBe('unknown_statement');
  });

  test('4: the payload type swapped, with and without signing it', () => {
    const other = 'application/vnd.cutover.ledger-entry+json';
    expect(code(signed('canary').replace(payloadType, other))).toBe('wrong_payload_type');
    const asOther = signAny(statementOf(signed('canary')), trust.signers.measure, other);
    expect(code(asOther)).toBe('wrong_payload_type');
    expect(code(asOther.replace(other, payloadType))).toBe('bad_signature');
  });

  test('5: a signature from another envelope', () => {
    const one = JSON.parse(signed('canary'));
    const two = JSON.parse(signed('canary', { timeScale: 2 }));
    expect(code(JSON.stringify({ ...one, signatures: two.signatures }))).toBe('bad_signature');
    expect(code(JSON.stringify(one))).toBe('accepted');
  });

  test('6: one key twice for a threshold of two', () => {
    const two = makeTrust({ keys: { measure: 2 } });
    const [first, second] = two.signers.measure as [Signer, Signer];
    const twice = JSON.parse(signEvidence(claimOf('canary'), [first, first]).envelope);
    expect(code(JSON.stringify(twice), two)).toBe('threshold');
    twice.signatures[1].keyid = second.keyId;
    expect(code(JSON.stringify(twice), two)).toBe('threshold');
    expect(code(signEvidence(claimOf('canary'), [first, second]).envelope, two)).toBe('accepted');
  });

  test('7: the statement type missing or unknown', () => {
    const { _type, ...statement } = statementOf(signed('canary'));
    expect(code(signAny(statement))).toBe('unknown_statement');
    expect(code(signAny({ ...statement, _type: 'https://in-toto.io/Statement/v0.1' }))).toBe('unknown_statement');
    expect(code(signAny({ ...statement, _type }))).toBe('accepted');
  });

  test('8: a subject by its tag, by SHA-1, by two digests, one too few or too many', () => {
    const statement = statementOf(signed('canary'));
    const [first, second] = statement.subject;
    for (const subject of [
      [],
      [first],
      [first, second, second],
      [second, first],
      [{ name: first.name }, second],
      [{ ...first, digest: { sha1: 'a'.repeat(40) } }, second],
      [{ ...first, digest: { ...first.digest, sha1: 'a'.repeat(40) } }, second],
      [{ ...first, digest: { sha256: first.digest.sha256.toUpperCase() } }, second],
    ]) {
      expect(code(signAny({ ...statement, subject }))).toBe('malformed');
    }
  });

  test('13, 14: a time that is none', () => {
    const statement = statementOf(signed('canary'));
    for (const time of ['yesterday', 1767323045, '2026-01-02', '2026-01-02T03:04:05', '2026-13-02T03:04:05Z']) {
      const predicate = { ...statement.predicate, measuredAt: time };
      expect(code(signAny({ ...statement, predicate }))).toBe('malformed');
    }
  });

  test('18: an unknown key, and one that adds itself', () => {
    const stranger = generateSigner();
    const envelope = signEvidence(claimOf('canary'), [stranger]).envelope;
    expect(code(envelope)).toBe('unknown_key');
    const spoofed = JSON.parse(envelope);
    spoofed.signatures[0].keyid = trust.signers.measure[0]!.keyId;
    expect(code(JSON.stringify(spoofed))).toBe('bad_signature');
    expect(code(envelope.replace('{', `{"keys":{"${stranger.keyId}":"self"},`))).toBe('malformed');
  });

  test('19: every role signs its own kinds and no other', () => {
    for (const kind of kinds) {
      for (const role of ['guardian', 'measure', 'approver'] satisfies Role[]) {
        const result = code(signEvidence(claimOf(kind), trust.signers[role]).envelope);
        expect(result).toBe(role === signerOf[kind] ? 'accepted' : 'wrong_role');
      }
    }
  });

  test('20: too large, too deep, keys twice, prototypes, also when signed', () => {
    expect(code(Buffer.alloc(64 * 1024 * 1024, '['))).toBe('too_large');
    expect(code('['.repeat(200_000))).toBe('malformed');
    const text = JSON.stringify(statementOf(signed('canary')));
    expect(code(signAny(text))).toBe('accepted');
    expect(code(signAny(text.replace('"passed":true', '"passed":false,"passed":true')))).toBe('malformed');
    expect(code(signAny(text.replace('"passed":true', '"__proto__":{"passed":true}')))).toBe('malformed');
    expect(code(signAny(text.replace('{', `{"a":${'['.repeat(100)}${']'.repeat(100)},`)))).toBe('malformed');
  });

  test('a pass that its own measurements deny', () => {
    const cases: { readonly [K in EvidenceKind]?: object } = {
      preflight: {
        checks: [
          { name: 'a', passed: true },
          { name: 'b', passed: false },
        ],
      },
      canary: { verdict: 'not_yet' },
      watch: { breaches: ['error rate 6 %'] },
      soak: { samples: 0 },
      drill: { haltSeconds: 1.01 },
    };
    for (const [kind, changes] of Object.entries(cases) as [EvidenceKind, object][]) {
      const honest = statementOf(signed(kind));
      const measurements = { ...honest.predicate.measurements, ...changes };
      const predicate = { ...honest.predicate, measurements };
      expect(code(signAny({ ...honest, predicate })), kind).toBe('inconsistent');
      const failed = { ...honest, predicate: { ...predicate, passed: false } };
      expect(code(signAny(failed)), kind).toBe('accepted');
      expect(() => signEvidence(claimOf(kind, { measurements } as never), signersOf(kind))).toThrow(
        expect.objectContaining({ code: 'inconsistent' }),
      );
    }
  });

  test.each([
    ['too few trades', { trades: 29 }],
    ['a lower bound at the margin', { lower: -0.001 }],
    ['no lower bound', { lower: null }],
  ])('a canary with %s', (_, changes) => {
    const honest = statementOf(signed('canary'));
    const measurements = { ...honest.predicate.measurements, ...changes };
    expect(code(signAny({ ...honest, predicate: { ...honest.predicate, measurements } }))).toBe('inconsistent');
  });

  test('27: a verifier that breaks refuses, it does not throw', () => {
    const broken = { ...trust.root, roles: undefined } as unknown as Trust['root'];
    expect(verifyEvidence(Buffer.from(signed('canary')), 'file', broken)).toMatchObject({ code: 'unverifiable' });
  });
});

describe('a changed envelope', () => {
  const honest = Buffer.from(signed('canary'));
  const { digest } = signEvidence(claimOf('canary'), signersOf('canary'));
  const change = fc.record({
    at: fc.nat({ max: honest.length - 1 }),
    byte: fc.integer({ min: 0, max: 255 }),
    how: fc.constantFrom('set', 'insert', 'remove', 'cut', 'repeat'),
  });
  const apply = (bytes: Buffer, { at, byte, how }: { at: number; byte: number; how: string }) => {
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    if (how === 'set') return Buffer.concat([before, Buffer.of(byte), after.subarray(1)]);
    if (how === 'insert') return Buffer.concat([before, Buffer.of(byte), after]);
    if (how === 'remove') return Buffer.concat([before, after.subarray(1)]);
    if (how === 'cut') return before;
    return Buffer.concat([before, after, after]);
  };

  test.prop([fc.array(change, { minLength: 1, maxLength: 4 })], { numRuns: 2000 })(
    'is never accepted with another content, and never throws',
    (changes) => {
      const result = verify(changes.reduce(apply, honest));
      // White space and the key's id are not signed; what was signed is what comes out.
      if (isEvidence(result)) expect(result.digest).toBe(digest);
      else expect(result.reason).not.toBe('');
    },
  );

  test('every bit of the payload counts', () => {
    const document = JSON.parse(honest.toString());
    const payload = Buffer.from(document.payload, 'base64');
    for (let at = 0; at < payload.length; at += 7) {
      const flipped = Buffer.from(payload);
      flipped[at]! ^= 1 << (at % 8);
      expect(code(JSON.stringify({ ...document, payload: flipped.toString('base64') }))).toBe('bad_signature');
    }
  });

  test.prop([fc.uint8Array({ maxLength: 2000 })])('any bytes at all are refused', (bytes) => {
    expect(isEvidence(verify(bytes))).toBe(false);
  });

  test.prop([fc.json()])('any signed JSON that is no statement is refused', (text) => {
    expect(isEvidence(verify(signAny(text)))).toBe(false);
  });
});
