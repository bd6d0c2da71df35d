import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { generateSigner, publicKeyText } from '../../evidence/keys';
import {
  digestTrustRoot,
  formatTrustRoot,
  loadTrustRoot,
  parseTrustRoot,
  verifyNextTrustRoot,
  verifyTrustRoot,
} from '../../evidence/trust-root';
import type { TrustRoot } from '../../posture/proof';
import { makeTrust } from '../helpers/trust';
import { withCode } from '../helpers/with-code';

const folder = mkdtempSync(path.join(tmpdir(), 'cutover-trust-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trust = makeTrust({ keys: { approver: 2 } });
const { root, signers } = trust;

// biome-ignore lint/suspicious/noExplicitAny: a change may make anything of it
type Raw = any;

/** The trust root with one thing changed. */
function changed(change: (root: Raw) => void): TrustRoot {
  const copy = structuredClone(root);
  change(copy);
  return copy;
}

test('a trust root that its approvers signed is read back, and only where it is the pinned one', () => {
  const file = path.join(folder, 'root.json');
  writeFileSync(file, formatTrustRoot(root, signers.approver));
  expect(loadTrustRoot(file)).toEqual(root);
  expect(loadTrustRoot(file, digestTrustRoot(root))).toEqual(root);
  expect(() => loadTrustRoot(file, digestTrustRoot(makeTrust().root))).toThrow(withCode('trust_root_not_pinned'));
  expect(() => loadTrustRoot(path.join(folder, 'none.json'))).toThrow(withCode('trust_root_missing'));
});

test('one that too few of its approvers signed is refused', () => {
  for (const by of [[], [signers.approver[0]!], [signers.approver[0]!, signers.approver[0]!], signers.measure]) {
    expect(() => verifyTrustRoot(Buffer.from(formatTrustRoot(root, by)))).toThrow(withCode('threshold'));
  }
});

describe('malformed', () => {
  const measure = signers.measure[0]!;
  test.each<[string, (root: Raw) => void]>([
    ['a field that is missing', (r) => delete r.caps],
    ['a field that is unknown', (r) => (r.extra = 1)],
    ['a threshold of zero', (r) => (r.roles.guardian.threshold = 0)],
    ['a threshold above the number of keys', (r) => (r.roles.guardian.threshold = 2)],
    ['a key under another id', (r) => (r.roles.measure.keys = { ['0'.repeat(64)]: publicKeyText(measure) })],
    ['a key that is none', (r) => (r.roles.measure.keys = { [measure.keyId]: 'garbage' })],
    ['a key with two roles', (r) => (r.roles.approver.keys[measure.keyId] = publicKeyText(measure))],
    ['a negative cap', (r) => (r.caps.maxOrderUsd = -1)],
    ['an infinite cap', (r) => (r.caps.maxOrderUsd = Number.POSITIVE_INFINITY)],
    ['a drawdown above 1', (r) => (r.caps.maxDrawdown = 1.1)],
    ['freshness without end', (r) => (r.freshSeconds.canary = Number.POSITIVE_INFINITY)],
    ['a genesis that is no digest', (r) => (r.genesis = 'sha1:00')],
  ])('%s is refused', (_, change) => {
    expect(() => parseTrustRoot(changed(change))).toThrow(withCode('trust_root_malformed'));
  });

  test('everything wrong is named at once', () => {
    const both = changed((r) => {
      delete r.caps;
      r.version = 0;
    });
    try {
      parseTrustRoot(both);
      expect.unreachable();
    } catch (error) {
      const details = (error as { details: string[] }).details.join('\n');
      expect(details).toMatch(/caps/);
      expect(details).toMatch(/version/);
    }
  });
});

describe('the next trust root', () => {
  const newcomer = generateSigner();
  const next = changed((r) => {
    r.version = 2;
    r.roles.measure.keys = { [newcomer.keyId]: publicKeyText(newcomer) };
  });
  const verifyNext = (of: TrustRoot, by = signers.approver) =>
    verifyNextTrustRoot(Buffer.from(formatTrustRoot(of, by)), root);

  test('is signed by the approvers of the one before', () => {
    expect(verifyNext(next)).toEqual(next);
  });

  test('is refused when its own approvers alone signed it', () => {
    const other = changed((r) => {
      r.version = 2;
      r.roles.approver = { keys: { [newcomer.keyId]: publicKeyText(newcomer) }, threshold: 1 };
    });
    expect(() => verifyNext(other, [newcomer])).toThrow(withCode('threshold'));
    expect(verifyNext(other, [newcomer, ...signers.approver])).toEqual(other);
  });

  test.each<[string, (root: Raw) => void]>([
    ['a version that is skipped', (r) => (r.version = 3)],
    ['the same version', (r) => (r.version = 1)],
    ['another stack', (r) => (r.stack = 'other')],
    ['another account', (r) => (r.account.id = 'other')],
    ['another ledger', (r) => (r.genesis = `sha256:${'1'.repeat(64)}`)],
  ])('is refused for %s', (_, change) => {
    const other = structuredClone(next);
    change(other);
    expect(() => verifyNext(other)).toThrow(withCode('trust_root_not_next'));
  });
});
