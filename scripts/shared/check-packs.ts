import path from 'node:path';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import { type Grounds, isInitialised, readGrounds } from '../../ledger/grounds';
import { packageDir } from '../../package-dir';
import type { StackPlace } from '../../platforms/platform';
import type { Digest } from '../../posture/digest';
import type { Posture } from '../../posture/posture';
import { splitTransition } from '../../posture/transition';
import { expectedPolicies, type PackName, packNames } from './expected-policies';
import { type ReadPack, readPack } from './read-pack';
import { stackFiles } from './stack-files';

/** What the packs were built as, set by toolchain/build.mts; not there where the sources run as they are. */
declare const __cutoverPackDigests: Readonly<Record<string, Digest>> | undefined;

const builtDigests = typeof __cutoverPackDigests === 'undefined' ? {} : __cutoverPackDigests;

/**
 * Refuses a rise where the packs that would judge it are not those that were shipped: emptied, advisory, waived by a
 * config, or other code. It is no proof against who can change this file too; there the guardian judges again, by the
 * same decision. What is no rise is never held up by its packs.
 * @param packs the folder of the packs
 * @throws CutoverError `pack_changed` (exit code 3)
 */
export function checkPacks(posture: Posture, place: StackPlace, packs = path.join(packageDir(), 'policies')): void {
  const files = stackFiles(place);
  if (posture.tradingMode === 'paper' || !isRise(posture, readGrounds(files, Date.now()), isInitialised(files))) return;
  const faults = packNames.flatMap((name) => findFaults(name, path.join(packs, name)));
  if (faults.length === 0) return;
  throw new CutoverError('pack_changed', 'the policy packs are not as shipped: nothing was changed', {
    exitCode: exitCodes.refused,
    details: [...faults, 'npm run build makes them again from their sources; paper needs no packs'],
  });
}

/** Where ledger or trust root were made and cannot be read, the guardian grants nothing, so that nothing can rise. */
function isRise(posture: Posture, { ledger, from }: Grounds, isMade: boolean): boolean {
  if (!ledger.readable && isMade) return false;
  return splitTransition(from, posture).rises.length > 0;
}

/**
 * What of a pack is not as it was shipped, as sentences.
 * @param digests of the packs as they were built
 */
export function findFaults(name: PackName, folder: string, digests = builtDigests): string[] {
  let pack: ReadPack;
  try {
    pack = readPack(folder);
  } catch (error) {
    return [`pack ${name}: it cannot be read: ${messageOf(error)}`];
  }
  const expected: readonly string[] = expectedPolicies[name];
  const mandatory = pack.policies.filter(({ level }) => level === 'mandatory').map((policy) => policy.name);
  const missing = expected.filter((policy) => !mandatory.includes(policy));
  const built = digests[name];
  return [
    ...(pack.name === name ? [] : [`pack ${name}: expected its own name, received ${pack.name}`]),
    ...(missing.length === 0
      ? []
      : [`pack ${name}: expected mandatory policies, received none of ${missing.join(', ')}`]),
    ...(pack.hasConfig ? [`pack ${name}: expected no config, by which a policy can be waived`] : []),
    ...(built === undefined || built === pack.digest
      ? []
      : [`pack ${name}: expected the code that was built, ${built}, received ${pack.digest}`]),
  ];
}
