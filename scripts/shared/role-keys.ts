import { existsSync } from 'node:fs';
import path from 'node:path';
import { EvidenceError } from '../../evidence/errors';
import { nameOfKey, parsePrivateKey, readPrivateKey, type Signer } from '../../evidence/keys';
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

/** The variable in which CI gives the key that it signs measurements with. The approver's is never in an environment. */
export const measureKeyVariable = 'CUTOVER_MEASURE_KEY';

/**
 * Reads the key that signs measurements here.
 * @param given a private key (PEM) that is used instead of any that lies here
 * @throws EvidenceError `key_missing` and others; `unknown_key` where the trust root in force does not know it
 */
export function readMeasureSigner(files: StackFiles, given?: string): Signer {
  const root = rootOrNull(files);
  const [file = files.measureKey] = findKeyFiles(files, 'measure', root);
  const from = given === undefined ? file : measureKeyVariable;
  const signer = given === undefined ? readPrivateKey(file) : parsePrivateKey(given, from);
  if (!root || Object.hasOwn(root.roles.measure.keys, signer.keyId)) return signer;
  throw new EvidenceError('unknown_key', `${from}: the trust root in force does not know this key`, {
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
