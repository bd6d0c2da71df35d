import { evidenceTarget } from './evidence';
import { ledgerTarget } from './ledger';
import { ledgerExportTarget } from './ledger-export';
import type { Target } from './target';
import { trustRootTarget } from './trust-root';

/** Production's verifiers; evidence twice, since it is what reaches us from the widest circle. */
export const allTargets = (): readonly Target[] => [
  evidenceTarget(),
  evidenceTarget(),
  trustRootTarget(),
  ledgerTarget(),
  ledgerExportTarget(),
];
