import canonicalize from 'canonicalize';
import { describe, expect, test } from 'vitest';
import { formatEnvelope, parseEnvelope, signPayload } from '../../evidence/dsse';
import { generateSigner, type Signer } from '../../evidence/keys';
import { type Claim, signEvidence } from '../../evidence/sign';
import { kindOf, payloadType, predicateTypeOf } from '../../evidence/statement';
import { isEvidence, verifyEvidence } from '../../evidence/verify';
import type { EvidenceKind } from '../../posture/proof';
import { claimOf, kinds, passing } from '../helpers/claims';
import { makeTrust } from '../helpers/trust';

// A rejection says what was expected and what was found; an evidence carries what its kind adds, and nothing else.

const trust = makeTrust({ keys: { measure: 2 } });
const { measure, approver, guardian } = trust.signers;
const verify = (envelope: string) => verifyEvidence(Buffer.from(envelope), 'file', trust.root);
const signed = <K extends EvidenceKind>(kind: K, by: readonly Signer[] = measure, changes = {}) =>
  signEvidence(claimOf(kind, changes as Partial<Claim<K>['predicate']>), by).envelope;
const reasonOf = (envelope: string) => {
  const result = verify(envelope);
  return isEvidence(result) ? 'accepted' : `${result.code}: ${result.reason}`;
};

/** The statement of an evidence with some fields changed, signed. */
function signAny(envelope: string, changes: object): string {
  const { payload } = parseEnvelope(Buffer.from(envelope), payloadType);
  const statement = { ...JSON.parse(Buffer.from(payload).toString()), ...changes };
  const bytes = Buffer.from(canonicalize(statement) as string);
  const signatures = signPayload({ payloadType, payload: bytes }, measure);
  return formatEnvelope({ payloadType, payload: bytes, signatures });
}

describe('a rejection says', () => {
  test('which role and how many keys should have signed', () => {
    expect(reasonOf(signed('canary', [measure[0]!]))).toBe(
      'threshold: canary: expected signatures of 2 keys of the role measure, found 1',
    );
    expect(reasonOf(signed('canary', [...approver, ...guardian]))).toBe(
      'wrong_role: canary: expected a key of the role measure, signed by guardian, approver',
    );
    expect(reasonOf(signed('approval', measure))).toBe(
      'wrong_role: approval: expected a key of the role approver, signed by measure',
    );
  });

  test('whether nobody, a stranger, or a known key over something else signed', () => {
    expect(reasonOf(signed('canary', []))).toBe('unsigned: it has no signature');
    expect(reasonOf(signed('canary', [generateSigner()]))).toBe('unknown_key: no key of the trust root signed it');
    for (const { keyId } of [measure[1]!, guardian[0]!, approver[0]!]) {
      const document = JSON.parse(signed('canary', [generateSigner(), generateSigner()]));
      document.signatures[1].keyid = keyId;
      expect(reasonOf(JSON.stringify(document))).toBe('bad_signature: its signature does not belong to its content');
    }
    const nameless = JSON.parse(signed('canary', [generateSigner()]));
    delete nameless.signatures[0].keyid;
    expect(reasonOf(JSON.stringify(nameless))).toBe('unknown_key: no key of the trust root signed it');
  });

  test('which statement and which predicate was found, and no more of it than is needed', () => {
    const canary = signed('canary');
    expect(reasonOf(signAny(canary, { _type: 'other' }))).toBe(
      'unknown_statement: expected the statement type https://in-toto.io/Statement/v1, found "other"',
    );
    expect(reasonOf(signAny(canary, { _type: undefined }))).toMatch(/, found none$/);
    expect(reasonOf(signAny(canary, { _type: 'a'.repeat(500) })).length).toBeLessThan(200);
    expect(reasonOf(signAny(canary, { predicateType: 'other' }))).toBe(
      'unknown_predicate: expected the predicate type of a kind of evidence, found "other"',
    );
    expect(reasonOf(signAny(canary, { predicateType: 'a'.repeat(500) })).length).toBeLessThan(220);
  });

  test('what of the statement or of the predicate is malformed, and no more than can be read', () => {
    const canary = signed('canary');
    expect(reasonOf(signAny(canary, { subject: [] }))).toMatch(/^malformed: the statement: [\s\S]*subject/);
    expect(reasonOf(signAny(canary, { predicate: { stack: 'main' } }))).toMatch(
      /^malformed: the canary: [\s\S]*measurements/,
    );
    expect(reasonOf(signAny(canary, { predicate: [] }))).toMatch(/^malformed: the statement: [\s\S]*predicate/);
    const { predicate } = claimOf('preflight');
    const checks = Array.from({ length: 200 }, () => ({ name: 1 }));
    const long = reasonOf(signAny(signed('preflight'), { predicate: { ...predicate, measurements: { checks } } }));
    expect(long.length).toBe('malformed: the preflight: '.length + 2000);
    const named = (...digests: string[]) =>
      reasonOf(
        signAny(canary, {
          subject: ['measured', 'target'].map((name, at) => ({
            name: `posture/${name}`,
            digest: { sha256: digests[at] },
          })),
        }),
      );
    const digest = 'a'.repeat(64);
    expect(named(digest, digest)).toBe('accepted');
    for (const other of ['', 'a'.repeat(63), 'a'.repeat(65), `z${digest}`, `${digest}z`, 'A'.repeat(64)]) {
      expect(named(digest, other)).toMatch(/expected 64 hex digits/);
      expect(named(other, digest)).toMatch(/expected 64 hex digits/);
    }
  });

  test('that a payload is no JSON', () => {
    const payload = Buffer.from('{');
    const signatures = signPayload({ payloadType, payload }, measure);
    expect(reasonOf(formatEnvelope({ payloadType, payload, signatures }))).toMatch(
      /^malformed: the statement is not the JSON expected: ./,
    );
  });

  test('that a pass is none', () => {
    const { predicate } = claimOf('drill');
    const changes = { predicate: { ...predicate, measurements: { ...passing.drill, haltSeconds: 2 } } };
    expect(reasonOf(signAny(signed('drill'), changes))).toBe(
      'inconsistent: the drill says that it passed, but its measurements did not',
    );
  });
});

describe('a predicate', () => {
  const place = ['stack', 'account', 'measuredAt', 'feed', 'timeScale', 'tool', 'rawData', 'passed', 'measurements'];
  const good = (predicate: object) => isEvidence(verify(signAny(signed('canary'), { predicate })));
  const { predicate } = claimOf('canary');

  test.each(place)('lacks no %s', (name) => {
    expect(good(Object.fromEntries(Object.entries(predicate).filter(([key]) => key !== name)))).toBe(false);
  });

  test('has nothing more', () => {
    expect(good({ ...predicate, more: 1 })).toBe(false);
    expect(good({ ...predicate, tool: { ...predicate.tool, more: 1 } })).toBe(false);
    expect(good({ ...predicate, tool: { name: 'cutover' } })).toBe(false);
    expect(good({ ...predicate, tool: { version: '1' } })).toBe(false);
  });

  test.each<[string, unknown[], unknown[]]>([
    ['feed', ['embedded', 'recorded', 'venue'], ['', 'other']],
    ['timeScale', [0.1, 1, 60], [0, -1]],
    ['rawData', [null, `sha256:${'0'.repeat(64)}`], ['', 'sha1:00']],
    ['passed', [true, false], ['true', 1]],
  ])('takes of %s what it can be', (name, within, beyond) => {
    for (const value of within) expect(good({ ...predicate, [name]: value })).toBe(true);
    for (const value of beyond) expect(good({ ...predicate, [name]: value })).toBe(false);
  });
});

describe('an evidence', () => {
  const factsOf = (kind: EvidenceKind, changes = {}) => {
    const by = kind === 'approval' ? approver : measure;
    const result = verify(signed(kind, by, changes)) as unknown as Record<string, unknown>;
    const common = ['kind', 'digest', 'name', 'keyIds', 'measured', 'target', 'stack', 'account', 'passed'];
    const more = ['measuredAt', 'feed', 'timeScale'];
    return Object.fromEntries(Object.entries(result).filter(([key]) => ![...common, ...more].includes(key)));
  };

  test('of each kind carries its own facts and no others', () => {
    expect(factsOf('preflight')).toEqual({});
    expect(factsOf('snapshot')).toEqual({});
    expect(factsOf('canary')).toEqual({
      margin: 0.001,
      dataFrom: Date.parse(passing.canary.dataFrom),
      trainedUntil: Date.parse(passing.canary.trainedUntil!),
    });
    expect(factsOf('canary', { measurements: { ...passing.canary, trainedUntil: null } })).toEqual({
      margin: 0.001,
      dataFrom: Date.parse(passing.canary.dataFrom),
    });
    for (const kind of ['watch', 'soak'] as const) {
      const { sampledSeconds } = passing[kind];
      expect(factsOf(kind)).toEqual({ sampledSeconds, closes: passing[kind].realizedCloses });
    }
    expect(factsOf('drill')).toEqual({ drillAccount: 'drill-1' });
    const { transition, ledgerHead, evidence, expiresAt } = passing.approval;
    expect(factsOf('approval')).toEqual({
      approves: { transition, ledgerHead, evidence, expiresAt: Date.parse(expiresAt) },
    });
  });

  test('names the keys that count in one order, whoever signed first', () => {
    const keyIds = measure.map(({ keyId }) => keyId).sort();
    const { roles } = trust.root;
    const entries = Object.entries(roles.measure.keys);
    for (const keys of [entries, [...entries].reverse()].map((order) => Object.fromEntries(order)))
      for (const by of [measure, [...measure].reverse()]) {
        const root = { ...trust.root, roles: { ...roles, measure: { ...roles.measure, keys } } };
        expect(verifyEvidence(Buffer.from(signed('canary', by)), 'file', root)).toMatchObject({ keyIds });
      }
  });
});

test('a predicate type names one kind, and is the only one that does', () => {
  for (const kind of kinds) {
    expect(predicateTypeOf(kind)).toBe(`https://cutover.dev/evidence/${kind}/v1`);
    expect(kindOf(predicateTypeOf(kind))).toBe(kind);
    expect(kindOf(`${predicateTypeOf(kind)}/`)).toBeUndefined();
  }
});
