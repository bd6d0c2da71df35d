import { createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatEnvelope, signPayload } from '../../evidence/dsse';
import { EvidenceError } from '../../evidence/errors';
import { generateSigner, publicKeyText } from '../../evidence/keys';
import {
  defaultsFor,
  digestTerms,
  digestTrustRoot,
  formatTrustRoot,
  keysOf,
  loadTrustRoot,
  naming,
  parseTrustRoot,
  trustRootType,
  verifyNextTrustRoot,
  verifyTrustRoot,
} from '../../evidence/trust-root';
import { digestBytes } from '../../posture/digest';
import type { TrustRoot } from '../../posture/proof';
import { changedAt, malformedFrom, type Place } from '../helpers/places';
import { makeTrust } from '../helpers/trust';
import { withCode } from '../helpers/with-code';

const { root, signers } = makeTrust({ keys: { measure: 2 } });

const changed = (place: Place, ...value: unknown[]) => changedAt(root, place, ...value);

/** Why a trust root is refused, one line for each thing. */
function detailsOf(value: unknown): string {
  try {
    parseTrustRoot(value);
  } catch (error) {
    expect(error).toEqual(withCode('trust_root_malformed'));
    return (error as { details: string[] }).details.join('\n');
  }
  return 'accepted';
}

const amounts: string[][] = [
  ...Object.keys(root.caps).map((name) => ['caps', name]),
  ...Object.keys(root.freshSeconds).map((name) => ['freshSeconds', name]),
  ...Object.keys(root.sampleSeconds).map((name) => ['sampleSeconds', name]),
];

describe('the form of a trust root', () => {
  test('lacks nothing, has nothing more, and is of its own types, at any depth', () => {
    // A role may have fewer keys.
    const documents = malformedFrom(root).filter(({ where }) => !/^without roles\.\w+\.keys\./.test(where));
    for (const { where, document } of documents) expect(detailsOf(document), where).not.toBe('accepted');
  });

  test.each(amounts)('%s.%s is above zero', (...place) => {
    for (const value of [0, -1, Number.POSITIVE_INFINITY, '1'])
      expect(detailsOf(changed(place, value))).toContain(place.at(-1));
    expect(detailsOf(changed(place, 0.001))).toBe('accepted');
  });

  test.each<[Place, number[], number[]]>([
    [
      ['caps', 'maxDrawdown'],
      [0.5, 1],
      [1.001, 2],
    ],
    [['canaryMargin'], [0, 0.5, 1], [-0.001, 1.001]],
    [['version'], [1, 2], [0, -1, 1.5]],
    [
      ['roles', 'measure', 'threshold'],
      [1, 2],
      [0, -1, 1.5, 3],
    ],
  ])('%j has bounds', (place, within, beyond) => {
    for (const value of within) expect(detailsOf(changed(place, value))).toBe('accepted');
    for (const value of beyond) expect(detailsOf(changed(place, value))).toContain(place.at(-1));
  });

  test('names the place of a threshold that nobody can reach, of a key under a wrong id, and of a key with two roles', () => {
    const one = signers.measure[0]!;
    expect(detailsOf(changed(['roles', 'measure', 'threshold'], 3))).toMatch(
      /expected at least 3 keys.*\n.*roles\.measure\.threshold/,
    );
    const wrong = detailsOf(changed(['roles', 'guardian', 'keys'], { abc: publicKeyText(generateSigner()) }));
    expect(wrong).toMatch(/expected the Ed25519 key that has this id.*\n.*roles\.guardian\.keys\.abc/);
    const both = detailsOf(changed(['roles', 'guardian'], { keys: { [one.keyId]: publicKeyText(one) }, threshold: 1 }));
    expect(both).toMatch(new RegExp(`key ${one.keyId} has more than one role.*\\n.*at roles`));
    // Once, however many roles it has.
    expect(both.match(/more than one role/g)).toHaveLength(1);
  });
});

describe('the roles of a trust root', () => {
  const both = [generateSigner(), generateSigner()];
  const keys = Object.fromEntries(both.map((key) => [key.keyId, publicKeyText(key)]));

  test('one key of the guardian signs, however many it has', () => {
    expect(detailsOf(changed(['roles', 'guardian'], { keys, threshold: 1 }))).toBe('accepted');
    const wrong = detailsOf(changed(['roles', 'guardian'], { keys, threshold: 2 }));
    expect(wrong).toMatch(/expected 1: the guardian signs online, with one key.*\n.*roles\.guardian\.threshold/);
  });

  test('the others may need as many as they have', () => {
    for (const role of ['measure', 'approver'])
      expect(detailsOf(changed(['roles', role], { keys, threshold: 2 }))).toBe('accepted');
  });

  test('a key has one role, and each that has more is named', () => {
    const shared = { ...root.roles, measure: { keys, threshold: 1 }, approver: { keys, threshold: 1 } };
    const wrong = detailsOf(changed(['roles'], shared));
    for (const { keyId } of both) expect(wrong).toContain(`key ${keyId} has more than one role`);
  });
});

describe('naming where something is wrong', () => {
  test('keeps code, details and cause, and puts the place before the words', () => {
    const cause = new EvidenceError('threshold', 'too few', { details: ['one', 'two'] });
    expect(naming('here', () => 7)).toBe(7);
    let error: unknown;
    try {
      naming('here', () => {
        throw cause;
      });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'threshold', message: 'here: too few', details: ['one', 'two'], cause });
  });

  test('leaves what is no error of evidence as it is', () => {
    const other = new TypeError('a fault of ours');
    expect(() =>
      naming('here', () => {
        throw other;
      }),
    ).toThrow(other);
  });
});

describe('what a trust root says by itself', () => {
  const day = 24 * 60 * 60;
  test('elsewhere than at the simulated venue goes live with little', () => {
    expect(defaultsFor('simulated').caps).toEqual({
      maxOrderUsd: 5_000,
      maxPositionUsd: 20_000,
      maxDrawdown: 0.1,
      maxOrdersPerMinute: 120,
    });
    for (const venue of ['sandbox', 'elsewhere', '']) {
      expect(defaultsFor(venue).caps).toEqual({
        maxOrderUsd: 100,
        maxPositionUsd: 200,
        maxDrawdown: 0.05,
        maxOrdersPerMinute: 6,
      });
    }
  });

  test.each(['simulated', 'sandbox'])('at the venue %s takes the same evidence for fresh', (venue) => {
    expect(defaultsFor(venue)).toMatchObject({
      freshSeconds: {
        preflight: day / 48,
        snapshot: day / 24,
        canary: day,
        watch: day / 12,
        soak: day / 24,
        drill: 7 * day,
        approval: day / 24,
      },
      sampleSeconds: { watch: day / 96, soak: day / 48 },
      canaryMargin: 0.001,
    });
  });

  test('is a form that is accepted', () => {
    expect(parseTrustRoot(root)).toEqual(root);
    expect(root).toMatchObject(defaultsFor('simulated'));
  });
});

test('the digest of the terms leaves out the genesis, and nothing else', () => {
  const other = { ...root, genesis: digestBytes('other') };
  expect(digestTerms(other)).toBe(digestTerms(root));
  expect(digestTrustRoot(other)).not.toBe(digestTrustRoot(root));
  for (const name of Object.keys(root).filter((name) => name !== 'genesis')) {
    const without = changed([name]) as TrustRoot;
    expect(digestTerms(without), name).not.toBe(digestTerms(root));
  }
});

test('the keys of a role are its own, by id', () => {
  const keys = keysOf(root, 'measure');
  expect([...keys.keys()]).toEqual(signers.measure.map(({ keyId }) => keyId));
  for (const { keyId, privateKey } of signers.measure)
    expect(keys.get(keyId)!.equals(createPublicKey(privateKey))).toBe(true);
});

describe('the file of a trust root', () => {
  test('is not made of what is malformed', () => {
    expect(() => formatTrustRoot(changed(['version'], 0) as TrustRoot, signers.approver)).toThrow(
      withCode('trust_root_malformed'),
    );
  });

  test('that is signed but no trust root is refused by what it is', () => {
    const sign = (text: string, payloadType = trustRootType) => {
      const payload = Buffer.from(text);
      const signatures = signPayload({ payloadType, payload }, signers.approver);
      return Buffer.from(formatEnvelope({ payloadType, payload, signatures }));
    };
    expect(() => verifyTrustRoot(sign('{'))).toThrow(/^the trust root is not the JSON expected: ./);
    expect(() => verifyTrustRoot(sign('{}'))).toThrow(withCode('trust_root_malformed'));
    expect(() => verifyTrustRoot(sign(JSON.stringify(root), 'another'))).toThrow(withCode('wrong_payload_type'));
    expect(verifyTrustRoot(sign(JSON.stringify(root)))).toEqual(root);
  });

  test('that is missing, or not the pinned one, is told with what to do or what was found', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'cutover-root-form-'));
    const file = path.join(folder, 'root.json');
    try {
      expect(() => loadTrustRoot(file)).toThrow(
        expect.objectContaining({
          code: 'trust_root_missing',
          message: `the trust root ${file} cannot be read`,
          details: [expect.stringContaining('cutover keys init')],
          cause: expect.any(Error),
        }),
      );
      writeFileSync(file, formatTrustRoot(root, signers.approver));
      const pinned = digestBytes('another');
      expect(() => loadTrustRoot(file, pinned)).toThrow(
        expect.objectContaining({
          code: 'trust_root_not_pinned',
          message: `${file}: expected the trust root ${pinned} that was pinned`,
          details: [`found ${digestTrustRoot(root)}`],
        }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('says whose signatures it lacks, and what does not follow', () => {
    const bytes = (of: TrustRoot, by = signers.approver) => Buffer.from(formatTrustRoot(of, by));
    expect(() => verifyTrustRoot(bytes(root, []))).toThrow(/expected signatures of 1 of its own approvers, found 0/);
    const [newcomer] = makeTrust().signers.approver;
    const taken = {
      ...root,
      version: 2,
      roles: { ...root.roles, approver: { keys: { [newcomer!.keyId]: publicKeyText(newcomer!) }, threshold: 1 } },
    };
    expect(() => verifyNextTrustRoot(bytes(taken, [newcomer!]), root)).toThrow(/the approvers of version 1, found 0/);
    const wrong = { ...root, version: 3, stack: 'other', account: { venue: 'a', id: 'b' }, genesis: digestBytes('x') };
    expect(() => verifyNextTrustRoot(bytes(wrong), root)).toThrow(
      expect.objectContaining({
        details: [
          'version: expected 2, got 3',
          'stack: expected the one of version 1',
          'account: expected the one of version 1',
          'genesis: expected the one of version 1',
        ],
      }),
    );
  });
});
