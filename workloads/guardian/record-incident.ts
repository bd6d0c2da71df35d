import { loadTrustRoot } from '../../evidence/trust-root';
import type { Entry } from '../../ledger/entry';
import { appendEntry } from '../../ledger/ledger-file';
import { guardianFiles } from './files';

/** Appends an entry that an approver signed to the guardian's ledger, if that still ends where the approver saw it end. */
export const recordIncident = {
  entry: 'workloads/change-main',
  name: 'record-incident',
  /** @param folder the guardian's data @throws LedgerError, EvidenceError */
  make(folder: string, entry: Entry): null {
    const { ledger, trustRoot } = guardianFiles(folder);
    appendEntry(ledger, loadTrustRoot(trustRoot), entry, Date.now());
    return null;
  },
};
