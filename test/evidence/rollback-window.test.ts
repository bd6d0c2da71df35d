import { expect, it } from 'vitest';
import { digestTrustRoot, formatTrustRoot, parseTrustRoot, verifyTrustRoot } from '../../evidence/trust-root';
import { makeTrust } from '../helpers/trust';

const { root, signers } = makeTrust();

it('a trust root that says nothing of returns is read as it always was', () => {
  expect(parseTrustRoot(root)).toEqual(root);
  expect(parseTrustRoot(root)).not.toHaveProperty('rollbackWindowSeconds');
  expect(digestTrustRoot(parseTrustRoot(root))).toBe(digestTrustRoot(root));
});

it.each([0, 60, 86_400])('one may allow them for %s s', (rollbackWindowSeconds) => {
  const tighter = { ...root, rollbackWindowSeconds };
  expect(verifyTrustRoot(Buffer.from(formatTrustRoot(tighter, signers.approver)))).toEqual(tighter);
});

it.each([86_401, -1, 0.5, null, undefined, '60'])('but not for %s', (rollbackWindowSeconds) => {
  expect(() => parseTrustRoot({ ...root, rollbackWindowSeconds })).toThrow(
    expect.objectContaining({ code: 'trust_root_malformed' }),
  );
});
