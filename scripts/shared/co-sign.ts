import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CutoverError, exitCodes } from '../../errors';
import { coSignEvidence } from '../../evidence/sign';
import { readEvidence, storeCoSigned } from '../../evidence/store';
import { decide } from '../../posture/decide';
import type { Evidence, TrustRoot } from '../../posture/proof';
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
  const signed = waiting.keyIds;
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

/** The approval that would allow this change if one approver were enough. */
function findWaiting(context: VerbContext, { posture, grounds, decision }: JudgedTarget): Evidence {
  const { trustRoot } = grounds;
  if (trustRoot && decision.verdict === 'refuse') {
    const lax = oneApprover(trustRoot);
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

const oneApprover = (root: TrustRoot): TrustRoot => ({
  ...root,
  roles: { ...root.roles, approver: { ...root.roles.approver, threshold: 1 } },
});
