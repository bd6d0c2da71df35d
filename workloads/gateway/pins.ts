import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { verifyTrustRoot } from '../../evidence/trust-root';
import type { TrustRoot } from '../../posture/proof';
import { ed25519Verifier } from '../../protocol/ed25519';
import type { Pins, Verifier } from '../../protocol/messages';

/** Whom this gateway trusts, and for which account, stack and ledger. */
export interface Pinned {
  readonly pins: Pins;
  readonly verifier: Verifier;
}

/**
 * Reads the pinned copy of the trust root that `keys init` left in the gateway's folder.
 * @returns null when there is none: then no permit can ever be accepted
 * @throws Error when it does not verify, or is for another stack or account
 */
export function readPinned(dataDir: string, own: { stack: string; venue: { name: string; account: string } }) {
  const file = path.join(dataDir, 'trust-root.json');
  if (!existsSync(file)) return null;
  const root = verifyTrustRoot(readFileSync(file));
  const wrong = [
    mismatch('stack', own.stack, root.stack),
    mismatch('venue', own.venue.name, root.account.venue),
    mismatch('account', own.venue.account, root.account.id),
  ].filter((text) => text !== null);
  if (wrong.length > 0) throw new Error(`the pinned trust root is another's: ${wrong.join('; ')}`);
  return pinnedOf(root);
}

function pinnedOf({ stack, account, genesis, roles }: TrustRoot): Pinned {
  const keysOf = (role: 'guardian' | 'approver') => Object.values(roles[role].keys);
  return {
    pins: { stack, account, genesis },
    verifier: ed25519Verifier({ guardian: keysOf('guardian'), approver: keysOf('approver') }),
  };
}

function mismatch(what: string, expected: string, received: string): string | null {
  return expected === received ? null : `${what}: expected ${expected}, received ${received}`;
}
