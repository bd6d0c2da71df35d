import { existsSync } from 'node:fs';
import { messageOf } from '../../errors';
import { readPrivateKey, type Signer } from '../../evidence/keys';
import { loadTrustRoot } from '../../evidence/trust-root';
import type { TrustRoot } from '../../posture/proof';
import type { GuardianFiles } from './files';

/** What the guardian signs with and is bound to, or why it can grant nothing. `code` is stable. */
export type Trust =
  | { readonly ok: true; readonly trustRoot: TrustRoot; readonly signer: Signer }
  | { readonly ok: false; readonly code: string; readonly reason: string };

/**
 * Reads pinned trust root and key afresh, so that a key that is taken away or made readable to others ends the permits
 * within seconds. Never throws.
 * @param stack the stack that this guardian guards
 */
export function readTrust(files: GuardianFiles, stack: string): Trust {
  const some = [files.trustRoot, files.key, files.ledger].some((file) => existsSync(file));
  if (!some) {
    const reason = 'cutover keys init was not run: there are no keys, no trust root and no ledger';
    return { ok: false, code: 'not_initialised', reason };
  }
  try {
    const trustRoot = loadTrustRoot(files.trustRoot);
    const signer = readPrivateKey(files.key);
    const { keys, threshold } = trustRoot.roles.guardian;
    if (trustRoot.stack !== stack) {
      return { ok: false, code: 'trust_root_foreign', reason: `the trust root is for stack ${trustRoot.stack}` };
    }
    if (!Object.hasOwn(keys, signer.keyId)) {
      return { ok: false, code: 'unknown_key', reason: "the guardian's key is not in the trust root" };
    }
    if (threshold > 1) {
      const reason = `the trust root asks for ${threshold} guardian keys; this guardian holds one`;
      return { ok: false, code: 'threshold', reason };
    }
    return { ok: true, trustRoot, signer };
  } catch (error) {
    return { ok: false, code: (error as { code?: string }).code ?? 'unreadable', reason: messageOf(error) };
  }
}
