import path from 'node:path';
import type { GroundsPlace } from '../../ledger/grounds';
import type { StackPlace } from '../../platforms/platform';
import { dataDir, evidenceDir } from '../../platforms/process/home';
import { type GuardianFiles, guardianFiles } from '../../workloads/guardian/files';

/** Every file of a stack that has to do with keys and proof. */
export interface StackFiles extends GroundsPlace {
  readonly guardian: GuardianFiles;
  /** The gateway's pinned copy of the trust root. */
  readonly gatewayTrustRoot: string;
  /** The trust root that is committed. */
  readonly trustRoot: string;
  /** The folder of the trust roots before that one, committed beside it. */
  readonly earlierRoots: string;
  /** The folder of the private keys that are used here. */
  readonly keys: string;
  /** The next trust root while it is being put in force. */
  readonly pendingRoot: string;
  readonly measureKey: string;
  readonly approverKey: string;
}

/** Where a stack's keys and proof lie. */
export function stackFiles(place: StackPlace): StackFiles {
  const guardianData = dataDir(place, 'guardian');
  const keys = path.join(place.home, 'keys', place.stack);
  return {
    guardianData,
    evidence: evidenceDir(place),
    guardian: guardianFiles(guardianData),
    gatewayTrustRoot: path.join(dataDir(place, 'gateway'), 'trust-root.json'),
    trustRoot: path.join(place.projectDir, 'stacks', `trust-root.${place.stack}.json`),
    earlierRoots: path.join(place.projectDir, 'stacks', 'trust-roots', place.stack),
    keys,
    pendingRoot: path.join(keys, 'next-trust-root.json'),
    measureKey: path.join(keys, 'measure.key'),
    approverKey: path.join(keys, 'approver.key'),
  };
}
