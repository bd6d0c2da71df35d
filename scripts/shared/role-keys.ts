import { existsSync } from 'node:fs';
import path from 'node:path';
import { EvidenceError } from '../../evidence/errors';
import { nameOfKey, readPrivateKey, type Signer } from '../../evidence/keys';
import { readRootInForce } from '../../ledger/root-in-force';
import type { TrustRoot } from '../../posture/proof';
import type { StackFiles } from './stack-files';

/**
 * The private keys of a role that lie here, of those that count by a trust root: named by their ids, or the one that
 * `keys init` made. Of an encrypted one only its name tells whose it is.
 */
export function findKeyFiles(files: StackFiles, role: 'measure' | 'approver', root: TrustRoot | null): string[] {
  const ids = Object.keys(root?.roles[role].keys ?? {});
  const named = ids.map((id) => path.join(files.keys, nameOfKey(role, id))).filter(existsSync);
  if (named.length > 0) return named;
  return [role === 'measure' ? files.measureKey : files.approverKey].filter(existsSync);
}

/**
 * Reads the key that signs measurements here.
 * @throws EvidenceError `key_missing` and others; `unknown_key` where the trust root in force does not know it
 */
export function readMeasureSigner(files: StackFiles): Signer {
  const root = rootOrNull(files);
  const [file = files.measureKey] = findKeyFiles(files, 'measure', root);
  const signer = readPrivateKey(file);
  if (!root || Object.hasOwn(root.roles.measure.keys, signer.keyId)) return signer;
  throw new EvidenceError('unknown_key', `${file}: the trust root in force does not know this key`, {
    details: [`expected one of ${Object.keys(root.roles.measure.keys).join(', ')}`, `found ${signer.keyId}`],
  });
}

/** What is measured can be signed also where nobody can say yet whether it will count. */
function rootOrNull(files: StackFiles): TrustRoot | null {
  try {
    return readRootInForce(files);
  } catch {
    return null;
  }
}
