import { existsSync } from 'node:fs';
import { messageOf } from '../../errors';
import { bindToRoot } from '../../evidence/bound-to-root';
import { readPrivateKey, type Signer } from '../../evidence/keys';
import { loadTrustRoot } from '../../evidence/trust-root';
import type { TrustRoot } from '../../posture/proof';
import { signBytes } from '../../protocol/ed25519';
import { type GuardianFiles, guardianKeyFile } from './files';

/** What the guardian signs with and is bound to, or why it can grant nothing. `code` is stable. */
export type Trust =
  | {
      readonly ok: true;
      /** The one of `keys init`, by which the ledger is read. */
      readonly pinned: TrustRoot;
      /** The one in force: the pinned one, or the last that the ledger says has followed it. */
      readonly trustRoot: TrustRoot;
      readonly signer: Signer;
      /** Signs what the gateway is to believe. @returns base64 */
      readonly sign: (bytes: string) => string;
    }
  | { readonly ok: false; readonly code: string; readonly reason: string };

/**
 * Reads pinned trust root and key afresh, so that a key that is taken away or made readable to others ends the permits
 * within seconds. Never throws.
 * @param stack the stack that this guardian guards
 * @param inForce the last trust root that followed the pinned one
 */
export function readTrust(files: GuardianFiles, stack: string, inForce: (pinned: TrustRoot) => TrustRoot): Trust {
  const some = [files.trustRoot, files.key, files.ledger].some((file) => existsSync(file));
  if (!some) {
    const reason = 'cutover keys init was not run: there are no keys, no trust root and no ledger';
    return { ok: false, code: 'not_initialised', reason };
  }
  try {
    const pinned = loadTrustRoot(files.trustRoot);
    const trustRoot = inForce(pinned);
    const signer = readPrivateKey(guardianKeyFile(files, trustRoot));
    if (trustRoot.stack !== stack) {
      return { ok: false, code: 'trust_root_foreign', reason: `the trust root is for stack ${trustRoot.stack}` };
    }
    if (!Object.hasOwn(trustRoot.roles.guardian.keys, signer.keyId)) {
      return { ok: false, code: 'unknown_key', reason: "the guardian's key is not in the trust root" };
    }
    const sign = (bytes: string) => signBytes(signer.privateKey, bindToRoot(trustRoot, bytes));
    return { ok: true, pinned, trustRoot, signer, sign };
  } catch (error) {
    return { ok: false, code: (error as { code?: string }).code ?? 'unreadable', reason: messageOf(error) };
  }
}
