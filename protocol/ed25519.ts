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
 * The verifier that is used in production: any one of the guardian's public keys will do, and as many of the approvers' as
 * are asked for, whose signatures stand one after the other, with commas between them.
 * @param keys the trust root's keys of the two roles that speak to a gateway
 * @param approvers how many of them have to sign
 */
export function ed25519Verifier(
  keys: { readonly guardian: readonly string[]; readonly approver: readonly string[] },
  approvers = 1,
): Verifier {
  return {
    guardian: (bytes, signature) => keys.guardian.some((key) => verifyBytes(key, bytes, signature)),
    approver: (bytes, signature) => {
      const signatures = signature.split(signatureSeparator, maxSignatures);
      // Each key counts once, however many signatures are by it.
      const signers = new Set(keys.approver.filter((key) => signatures.some((one) => verifyBytes(key, bytes, one))));
      return signers.size >= approvers;
    },
    instance: verifyBytes,
  };
}

/** Signs bytes with several keys, as `ed25519Verifier` reads it. */
export function signTogether(keys: readonly KeyObject[], bytes: string): string {
  return keys.map((key) => signBytes(key, bytes)).join(signatureSeparator);
}

const signatureSeparator = ',';
/** The most signatures that are tried, so that the time is bounded. */
const maxSignatures = 8;
