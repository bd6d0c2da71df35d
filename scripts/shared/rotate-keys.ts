import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { EvidenceError } from '../../evidence/errors';
import {
  generateSigner,
  keyIdOf,
  nameOfKey,
  readPublicKey,
  requirePassphrase,
  type Signer,
  writePrivateKey,
} from '../../evidence/keys';
import { formatTrustRoot, naming, verifyNextTrustRoot, verifyTrustRoot } from '../../evidence/trust-root';
import { readChain, readPinnedRoot } from '../../ledger/root-in-force';
import type { Chain } from '../../ledger/verify';
import type { Operations } from '../../platforms/platform';
import { writeAtomically } from '../../platforms/process/atomic-file';
import type { Role, TrustRoot } from '../../posture/proof';
import { guardianKeyFile } from '../../workloads/guardian/files';
import { recordRotation } from '../../workloads/guardian/record-rotation';
import { roleOf } from './make-keys';
import type { StackFiles } from './stack-files';

/** What the next trust root is to say of keys. */
export interface RotationPlan {
  /** The roles whose keys are replaced. */
  readonly roles: readonly Role[];
  /** Encrypt the new approvers' keys, one for each. */
  readonly passphrases: readonly string[];
  /** Public keys, as `publicKeyText` writes them, that are added to a role. */
  readonly added: Readonly<Partial<Record<Role, readonly string[]>>>;
  /** How many keys of a role have to sign, where that changes. */
  readonly thresholds: Readonly<Partial<Record<Role, number>>>;
}

/**
 * Makes new keys and the next trust root, signed by approvers of the one in force and by the new ones. Nothing of it
 * counts before `finishRotation`: until the next trust root lies here whole, the new keys are nobody's.
 * @param by the keys of approvers in force, and of added ones
 * @throws EvidenceError `trust_root_malformed` naming what is wrong with the plan, `threshold`, `passphrase_short`
 */
export function beginRotation(
  files: StackFiles,
  current: TrustRoot,
  plan: RotationPlan,
  by: readonly Signer[],
): TrustRoot {
  for (const passphrase of plan.passphrases) requirePassphrase(passphrase);
  const made = {
    guardian: plan.roles.includes('guardian') ? [generateSigner()] : [],
    measure: plan.roles.includes('measure') ? [generateSigner()] : [],
    approver: plan.passphrases.map(() => generateSigner()),
  };
  const of = (role: Role) => nextRole(current.roles[role], made[role], plan, role);
  const roles = { guardian: of('guardian'), measure: of('measure'), approver: of('approver') };
  const next = { ...current, version: current.version + 1, roles };
  const envelope = formatTrustRoot(next, [...by, ...made.approver]);
  verifyNextTrustRoot(Buffer.from(envelope), current);
  for (const folder of [files.keys, files.guardianData]) mkdirSync(folder, { recursive: true });
  made.approver.forEach((signer, index) => {
    writePrivateKey(path.join(files.keys, nameOfKey('approver', signer.keyId)), signer, plan.passphrases[index]);
  });
  for (const signer of made.measure) writePrivateKey(path.join(files.keys, nameOfKey('measure', signer.keyId)), signer);
  for (const { keyId, ...signer } of made.guardian) {
    writePrivateKey(path.join(files.guardianData, nameOfKey('guardian', keyId)), { keyId, ...signer });
  }
  writeAtomically(files.pendingRoot, envelope);
  return next;
}

function nextRole(
  before: TrustRoot['roles'][Role],
  made: readonly Signer[],
  { roles, added, thresholds }: RotationPlan,
  role: Role,
): TrustRoot['roles'][Role] {
  const more = Object.fromEntries((added[role] ?? []).map((key) => [keyIdOf(readPublicKey(key)), key]));
  const kept = roles.includes(role) ? roleOf(made).keys : before.keys;
  return { keys: { ...kept, ...more }, threshold: thresholds[role] ?? before.threshold };
}

/** The next trust root that a rotation has left here unfinished. @throws EvidenceError where it cannot be used */
export function readPending(files: StackFiles): { readonly root: TrustRoot; readonly envelope: string } | null {
  if (!existsSync(files.pendingRoot)) return null;
  const envelope = readFileSync(files.pendingRoot, 'utf8');
  return { root: naming(files.pendingRoot, () => verifyTrustRoot(Buffer.from(envelope))), envelope };
}

/**
 * Puts the next trust root that lies here in force. Each step may be made again: what ends in the middle is completed by
 * the next call.
 * @returns the ledger with it
 * @throws EvidenceError `trust_root_not_next`, `threshold` and others; CutoverError `data_unreachable` (exit code 5)
 */
export async function finishRotation(
  operations: Pick<Operations, 'handOver' | 'change' | 'fetchData'>,
  files: StackFiles,
): Promise<Chain> {
  const pending = readPending(files);
  if (!pending) throw new EvidenceError('trust_root_missing', `${files.pendingRoot}: there is no next trust root`);
  const key = guardianKeyFile(files.guardian, pending.root);
  // The key first: a trust root is not put in force over a guardian that could not sign by it.
  if (existsSync(key) && key !== files.guardian.key) await operations.handOver('guardian', [key]);
  await operations.change('guardian', recordRotation, pending.envelope);
  await operations.fetchData('guardian');
  const chain = readChain(files, readPinnedRoot(files));
  writeCommitted(files, chain);
  rmSync(files.pendingRoot, { force: true });
  return chain;
}

/** Writes the trust root in force and those before it beside the config, where they are committed. */
export function writeCommitted(files: StackFiles, { rotations }: Chain): void {
  const all = [readFileSync(files.guardian.trustRoot, 'utf8'), ...rotations];
  all.slice(0, -1).forEach((text, index) => {
    writeAtomically(path.join(files.earlierRoots, `${index + 1}.json`), text);
  });
  writeAtomically(files.trustRoot, all.at(-1)!);
}
