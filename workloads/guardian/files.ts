import path from 'node:path';

/** The guardian's retained data. `keys init` alone makes ledger, key and trust root; nothing here ever replaces one. */
export interface GuardianFiles {
  readonly ledger: string;
  /** PKCS #8, PEM, 0600. */
  readonly key: string;
  /** The pinned copy; the committed one is never read here. */
  readonly trustRoot: string;
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
    renewal: path.join(dataDir, 'renewal.json'),
    probe: path.join(dataDir, 'probe.txt'),
  };
}
