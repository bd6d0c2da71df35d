import { existsSync } from 'node:fs';
import path from 'node:path';
import { nameOfKey } from '../../evidence/keys';
import type { TrustRoot } from '../../posture/proof';

/** The guardian's retained data. `keys init` alone makes ledger, key and trust root; nothing here ever replaces one. */
export interface GuardianFiles {
  readonly ledger: string;
  /** PKCS #8, PEM, 0600. */
  readonly key: string;
  /** The pinned copy; the committed one is never read here. */
  readonly trustRoot: string;
  /** The folder of all of this. */
  readonly folder: string;
  /** When the standing grant was renewed last. */
  readonly renewal: string;
  /** Written to find out whether anything can be. */
  readonly probe: string;
}

/** Where the guardian keeps what. @param dataDir its folder of retained data */
export function guardianFiles(dataDir: string): GuardianFiles {
  return {
    ledger: path.join(dataDir, 'ledger.jsonl'),
    key: path.join(dataDir, 'guardian.key'),
    trustRoot: path.join(dataDir, 'trust-root.json'),
    folder: dataDir,
    renewal: path.join(dataDir, 'renewal.json'),
    probe: path.join(dataDir, 'probe.txt'),
  };
}

/** The guardian's private key for a trust root: a rotated one is named by its id, the first one is not. */
export function guardianKeyFile({ folder, key }: GuardianFiles, { roles }: TrustRoot): string {
  const named = Object.keys(roles.guardian.keys).map((id) => path.join(folder, nameOfKey('guardian', id)));
  return named.find(existsSync) ?? key;
}
