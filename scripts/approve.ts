import { CutoverError, exitCodes } from '../errors';
import type { Signer } from '../evidence/keys';
import { digestTransition } from '../posture/judge-approval';
import { digestPosture } from '../posture/posture';
import { approverKeyOption, askApprovers } from './shared/approver-key';
import { coSignApproval, describeLack, type StoredApproval } from './shared/co-sign';
import { describeProofs, describeReasons, describeTransition } from './shared/describe-target';
import type { Project } from './shared/project';
import { type StoredProof, signProof } from './shared/sign-proof';
import { inPaper, type JudgedTarget, judgeTarget, readLiveTarget } from './shared/target';
import type { Verb, VerbContext } from './shared/verb';

/** Shows a change of risk to the approver, who signs it with the offline key. */
export const approve: Verb = {
  name: 'approve',
  description:
    "Show the change with its proof, then sign an approval. The approver's passphrase is typed at the terminal.",
  options: [
    ['--comment <text>', 'why, for the record'],
    ['--minutes <n>', 'how long the approval holds, minutes; 60 at the most'],
    ['--co-sign', 'sign the approval that another approver has begun, where the trust root asks for two'],
    approverKeyOption,
  ],
  examples: [
    ['cutover approve --comment "agreed with the desk"', 'approve what the config would be in live mode'],
    ['cutover approve --co-sign', 'the second of two approvers, with a key of their own'],
  ],
  async run(context, { comment, minutes, coSign, approverKey }) {
    const judged = await judgeTarget(context, readLiveTarget(context));
    const options = {
      ...(comment === undefined ? {} : { comment: String(comment) }),
      minutes: readMinutes(minutes),
      approverKey,
    };
    const signed = coSign
      ? await coSignApproval(context, judged, approverKey)
      : await approveTarget(context, judged, options);
    const { file, expiresAt, lacks } = signed;
    const json = { stack: context.stack, approved: lacks === 0, file, expiresAt, lacks };
    if (lacks === 0) return { exitCode: exitCodes.done, json, text: `Approved until ${expiresAt}: ${file}` };
    return { exitCode: exitCodes.checkFailed, json, text: `Signed, not approved yet: ${file}\n${describeLack(lacks)}` };
  },
};

/**
 * Shows a change and has it approved at the terminal. The approval is for this change, on this head of the ledger, on
 * the evidence that was shown, and for nothing else.
 * @throws CutoverError `nothing_to_approve` (2), `not_ready` (3) naming everything else that is missing,
 * `terminal_needed` (3); EvidenceError for the key and its passphrase
 */
export async function approveTarget(
  context: VerbContext,
  judged: JudgedTarget,
  options: { readonly comment?: string; readonly minutes: number; readonly approverKey?: unknown },
): Promise<StoredApproval> {
  requireReady(judged);
  for (const line of describeTransition(judged)) context.progress(line);
  context.progress('Proof:');
  for (const line of describeProofs(judged)) context.progress(line);
  const trustRoot = judged.grounds.trustRoot!;
  const asked = { purpose: 'approve this', trustRoot, given: options.approverKey, orFewer: true };
  const approvers = await askApprovers(context, asked);
  const lacks = Math.max(0, trustRoot.roles.approver.threshold - approvers.length);
  return { ...signApproval(context, judged, approvers, options), lacks };
}

/** Signs the approval of a change that is ready for it. @throws CutoverError as `approveTarget` */
export function signApproval(
  project: Project,
  judged: JudgedTarget,
  approvers: Signer | readonly Signer[],
  options: { readonly comment?: string; readonly minutes: number },
): StoredProof & { expiresAt: string } {
  requireReady(judged);
  const { decision, grounds, posture } = judged;
  const { ledger } = grounds;
  if (!ledger.readable) throw new Error('a ledger that cannot be read is a reason against every rise');
  const now = Date.now();
  const expiresAt = new Date(now + options.minutes * 60_000).toISOString();
  const evidence = decision.accepted.filter(({ kind }) => kind !== 'approval').map(({ digest }) => digest);
  const stored = signProof(
    project,
    {
      kind: 'approval',
      passed: true,
      measured: digestPosture(grounds.from ?? inPaper(judged)),
      target: judged,
      timeScale: 1,
      rawData: null,
      measurements: {
        transition: digestTransition(grounds.from, posture),
        ledgerHead: ledger.head,
        evidence,
        expiresAt,
        ...(options.comment === undefined ? {} : { comment: options.comment }),
      },
    },
    approvers,
    now,
  );
  return { ...stored, expiresAt };
}

function requireReady(judged: JudgedTarget): void {
  const { decision, posture } = judged;
  if (decision.rises.length === 0) {
    throw new CutoverError('nothing_to_approve', 'this change has no rise, so that it needs no approval', {
      exitCode: exitCodes.usage,
    });
  }
  const others = decision.reasons.filter(({ proof }) => proof !== 'approval');
  if (others.length === 0) return;
  const left: JudgedTarget = { ...judged, decision: { ...decision, reasons: others } };
  throw new CutoverError('not_ready', `stack ${posture.stack} is not ready to be approved`, {
    exitCode: exitCodes.refused,
    details: describeReasons(left).map((line) => line.replace(/^\s*! /, '')),
  });
}

/** @throws CutoverError `invalid_minutes` (exit code 2) */
function readMinutes(given: unknown): number {
  const minutes = given === undefined ? 30 : Number(given);
  if (minutes > 0 && minutes <= 60) return minutes;
  throw new CutoverError(
    'invalid_minutes',
    `--minutes: expected a number over 0, 60 at the most, received ${String(given)}`,
    {
      exitCode: exitCodes.usage,
    },
  );
}
