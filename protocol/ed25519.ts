import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Verifier } from './messages';

/** Signs bytes with an ed25519 private key. @returns base64 */
export function signBytes(key: KeyObject, bytes: string): string {
  return sign(null, Buffer.from(bytes), key).toString('base64');
}

/**
 * Whether a signature in base64 is by this public key: SPKI, as PEM or as the base64 that a trust root writes. Never
 * throws: what cannot be read does not verify.
 */
export function verifyBytes(publicKey: string, bytes: string, signature: string): boolean {
  try {
    const key = publicKey.startsWith('-----BEGIN')
      ? createPublicKey(publicKey)
      : createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return (
      key.asymmetricKeyType === 'ed25519' && verify(null, Buffer.from(bytes), key, Buffer.from(signature, 'base64'))
    );
  } catch {
    return false;
  }
}

/**
 * The verifier that is used in production: any one of a role's public keys will do.
 * @param keys the trust root's keys of the two roles that speak to a gateway
 */
export function ed25519Verifier(keys: {
  readonly guardian: readonly string[];
  readonly approver: readonly string[];
}): Verifier {
  const byAny = (publicKeys: readonly string[]) => (bytes: string, signature: string) =>
    publicKeys.some((key) => verifyBytes(key, bytes, signature));
  return { guardian: byAny(keys.guardian), approver: byAny(keys.approver), instance: verifyBytes };
}
