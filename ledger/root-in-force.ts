import path from 'node:path';
import { readBoundedFile } from '../evidence/bounded-file';
import { EvidenceError } from '../evidence/errors';
import { loadTrustRoot, naming } from '../evidence/trust-root';
import type { TrustRoot } from '../posture/proof';
import { type Chain, maxLedgerBytes, tooLarge, verifyLedger } from './verify';

/** The trust root that `keys init` pinned, and the ledger that says which ones followed it. */
export interface RootPlace {
  /** The guardian's retained data. */
  readonly guardianData: string;
}

/** The pinned trust root. @throws EvidenceError as `loadTrustRoot`; `trust_root_not_pinned` for a later version */
export function readPinnedRoot({ guardianData }: RootPlace): TrustRoot {
  const file = path.join(guardianData, 'trust-root.json');
  const root = loadTrustRoot(file);
  if (root.version === 1) return root;
  throw new EvidenceError('trust_root_not_pinned', `${file}: expected version 1, found version ${root.version}`, {
    details: ['keys init pins version 1, and that stays; every later one is an entry of the ledger'],
  });
}

/**
 * The ledger's whole lines, verified. Read here without the lock that a writer takes, which needs a newer Node.js than a
 * pack.
 * @throws LedgerError or EvidenceError that says why it cannot be read
 */
export function readChain({ guardianData }: RootPlace, pinned: TrustRoot): Chain {
  const file = path.join(guardianData, 'ledger.jsonl');
  const bytes = readBoundedFile(file, maxLedgerBytes);
  if (bytes.length > maxLedgerBytes) throw tooLarge(file);
  return naming(file, () => verifyLedger(bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1), pinned));
}

/** The trust root that counts now. @throws EvidenceError, LedgerError where it cannot be told */
export function readRootInForce(place: RootPlace): TrustRoot {
  return readChain(place, readPinnedRoot(place)).trustRoot;
}
