import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CutoverError, exitCodes } from '../../errors';
import { EvidenceError } from '../../evidence/errors';
import { readPrivateKey } from '../../evidence/keys';
import { coSignEvidence } from '../../evidence/sign';
import { readEvidence, storeCoSigned } from '../../evidence/store';
import { isEvidence, verifyEvidence } from '../../evidence/verify';
import { decide } from '../../posture/decide';
import type { Evidence, EvidenceKind, Role, TrustRoot } from '../../posture/proof';
import { askApprovers } from './approver-key';
import { describeProofs, describeReasons, describeTransition } from './describe-target';
import type { StoredProof } from './sign-proof';
import { stackFiles } from './stack-files';
import type { JudgedTarget } from './target';
import type { VerbContext } from './verb';

/** What is left to do where more approvers have to sign. */
export const describeLack = (lacks: number): string =>
  `${lacks === 1 ? 'One more approver has' : `${lacks} more approvers have`} to sign it: cutover approve --co-sign`;

/** An approval that lies in the stack's evidence folder. */
export interface StoredApproval extends StoredProof {
  /** RFC 3339 UTC. */
  readonly expiresAt: string;
  /** How many approvers have still to sign it. */
  readonly lacks: number;
}

/**
 * Shows a change as its first approver saw it, and adds the signature of another approver to that approval: the same
 * words, so that nobody signs anything else.
 * @throws CutoverError `nothing_to_co_sign` (exit code 2) where no approval of this change waits for a signature;
 * EvidenceError as `askApprovers`
 */
export async function coSignApproval(
  context: VerbContext,
  judged: JudgedTarget,
  approverKey: unknown,
): Promise<StoredApproval> {
  const waiting = findWaiting(context, judged);
  for (const line of describeTransition(judged)) context.progress(line);
  context.progress('Proof:');
  for (const line of describeProofs(judged)) context.progress(line);
  const trustRoot = judged.grounds.trustRoot!;
  const signed = countingKeys(waiting, trustRoot, 'approver');
  const asked = { purpose: 'approve this', trustRoot, given: approverKey, signed, orFewer: true };
  const approvers = await askApprovers(context, asked);
  let file = path.join(stackFiles(context).evidence, waiting.name);
  for (const approver of approvers) {
    const { envelope, signatures } = coSignEvidence(readFileSync(file), approver);
    file = storeCoSigned(file, envelope, signatures);
  }
  const lacks = Math.max(0, trustRoot.roles.approver.threshold - signed.length - approvers.length);
  const expiresAt = new Date(waiting.approves!.expiresAt).toISOString();
  return { kind: 'approval', passed: true, file, digest: waiting.digest, failures: [], expiresAt, lacks };
}

/**
 * Adds the signature of another key that measures to an evidence, where the trust root asks for two: whoever holds that
 * key says that the measurement is to be believed. Nothing of what it says changes.
 * @param keyFile the private key, of which the trust root knows the public half
 * @returns the file that has all signatures, and how many are still missing
 * @throws EvidenceError why the evidence does not count even so, `unknown_key`, `threshold`, or why the key cannot be read
 */
export function coSignMeasured(
  trustRoot: TrustRoot,
  file: string,
  keyFile: string,
): { readonly file: string; readonly kind: EvidenceKind; readonly lacks: number } {
  const bytes = readFileSync(file);
  const known = verifyEvidence(bytes, file, withThreshold(trustRoot, 'measure', 1));
  if (!isEvidence(known) || known.kind === 'approval') {
    const reason = isEvidence(known) ? 'an approval is signed by cutover approve --co-sign' : known.reason;
    throw new EvidenceError('inconsistent', `${file}: ${reason}`);
  }
  const signer = readPrivateKey(keyFile);
  if (!Object.hasOwn(trustRoot.roles.measure.keys, signer.keyId)) {
    throw new EvidenceError('unknown_key', `${keyFile}: the trust root in force does not know this key`);
  }
  const { envelope, signatures } = coSignEvidence(bytes, signer);
  const lacks = Math.max(0, trustRoot.roles.measure.threshold - countingKeys(known, trustRoot, 'measure').length - 1);
  return { file: storeCoSigned(file, envelope, signatures), kind: known.kind, lacks };
}

/** The approval that would allow this change if one approver were enough. */
function findWaiting(context: VerbContext, { posture, grounds, decision }: JudgedTarget): Evidence {
  const { trustRoot } = grounds;
  if (trustRoot && decision.verdict === 'refuse') {
    const lax = withThreshold(trustRoot, 'approver', 1);
    const found = readEvidence(stackFiles(context).evidence, lax);
    const asIf = decide({ ...grounds, ...found, trustRoot: lax, to: posture });
    const waiting = asIf.verdict === 'allow' && asIf.accepted.find(({ kind }) => kind === 'approval');
    if (waiting) return waiting;
  }
  throw new CutoverError('nothing_to_co_sign', 'no approval of this change waits for another signature', {
    exitCode: exitCodes.usage,
    details: describeReasons({ posture, grounds, decision } as JudgedTarget).map((line) => line.replace(/^\s*! /, '')),
  });
}

/** Of the keys that signed an evidence those of a role. */
const countingKeys = ({ keyIds }: Evidence, root: TrustRoot, role: Role): string[] =>
  keyIds.filter((id) => Object.hasOwn(root.roles[role].keys, id));

const withThreshold = (root: TrustRoot, role: Role, threshold: number): TrustRoot => ({
  ...root,
  roles: { ...root.roles, [role]: { ...root.roles[role], threshold } },
});
