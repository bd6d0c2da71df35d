import { EvidenceError } from '../../evidence/errors';
import { digestTrustRoot, loadTrustRoot, verifyNextTrustRoot, verifyTrustRoot } from '../../evidence/trust-root';
import { appendDraft, readLedger } from '../../ledger/ledger-file';
import { type Digest, digestOf } from '../../posture/digest';
import { guardianFiles, guardianKeyFile } from './files';

/** Puts the next trust root in force, by one entry in the guardian's ledger: before it the old keys count, after it the new. */
export const recordRotation = {
  entry: 'workloads/change-main',
  name: 'record-rotation',
  /**
   * Asked again for what is in force already, it changes nothing.
   * @param folder the guardian's data
   * @param envelope the next trust root, signed
   * @returns the digest of the trust root in force
   * @throws EvidenceError `trust_root_not_next`, `threshold` and others; `key_missing` where the guardian has not got its
   * new key; LedgerError
   */
  make(folder: string, envelope: string): Digest {
    const files = guardianFiles(folder);
    const pinned = loadTrustRoot(files.trustRoot);
    const chain = readLedger(files.ledger, pinned);
    const bytes = Buffer.from(envelope);
    const asked = digestTrustRoot(verifyTrustRoot(bytes));
    if (digestTrustRoot(chain.trustRoot) === asked) return asked;
    const next = verifyNextTrustRoot(bytes, chain.trustRoot);
    // A guardian without its key could not even record a halt. Its owner may be another user, so it is not read here.
    const isAnother = digestOf(next.roles.guardian) !== digestOf(chain.trustRoot.roles.guardian);
    if (isAnother && guardianKeyFile(files, next) === files.key) {
      throw new EvidenceError(
        'key_missing',
        `${folder}: expected the guardian's key of the next trust root, found none`,
      );
    }
    const draft = { kind: 'rotation', body: { trustRoot: envelope } } as const;
    appendDraft(files.ledger, pinned, draft, { expected: chain.head, signers: [], now: Date.now() });
    return asked;
  },
};
