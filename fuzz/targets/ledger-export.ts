import { exportLedger, verifyExport } from '../../ledger/export';
import { Chain } from '../../ledger/verify';
import { signers, trustRoot } from '../../simulate/keys';
import { honestEntries } from './ledger';
import { isOneOf, type Target } from './target';

/** Signed copies of a ledger's end. @param verify production's, or one with a planted fault */
export function ledgerExportTarget(verify = verifyExport): Target {
  const entries = honestEntries();
  const now = entries.at(-1)!.time + 60_000;
  const chain = new Chain(trustRoot);
  const honest: Buffer[] = [];
  for (const entry of entries) {
    chain.add(entry);
    // What was granted is for its guardian to vouch for, and no reader checks it field by field.
    if (chain.unendedGrant) continue;
    honest.push(Buffer.from(exportLedger(chain, { now, lastRenewal: null }, [signers.guardian])));
  }
  return {
    name: 'ledger-export',
    honest,
    accepts: (bytes) => verify(bytes, trustRoot, now).view.readable,
    isHonest: isOneOf(honest),
  };
}
