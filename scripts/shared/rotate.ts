import path from 'node:path';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import { keyIdOf, readPublicKey } from '../../evidence/keys';
import { digestTrustRoot } from '../../evidence/trust-root';
import { takeKernelLock } from '../../kernel-lock';
import { readChain, readPinnedRoot } from '../../ledger/root-in-force';
import { createOperations } from '../../platforms/operations';
import type { Operations } from '../../platforms/platform';
import type { Role, TrustRoot } from '../../posture/proof';
import { askApprovers } from './approver-key';
import { askNewPassphrases, type KeyOptions } from './key-options';
import { findKeyFiles } from './role-keys';
import { beginRotation, finishRotation, readPending } from './rotate-keys';
import { keyIds } from './show-keys';
import { stackFiles } from './stack-files';
import type { VerbContext, VerbResult } from './verb';

const answerMs = 2_000;

/**
 * Puts the next trust root in force, with other keys. What an earlier call has begun is completed, and nothing else.
 * @throws CutoverError `rotation_runs` (exit code 1); else as `beginRotation` and `finishRotation`
 */
export async function rotate(context: VerbContext, options: KeyOptions): Promise<VerbResult> {
  const files = stackFiles(context);
  const operations = createOperations(context);
  await operations.fetchData('guardian');
  const before = readChain(files, readPinnedRoot(files)).trustRoot;
  const lock = takeKernelLock(path.join(files.keys, 'rotate.lock'), 0);
  if (!lock) {
    throw new CutoverError('rotation_runs', `another keys rotate works on stack ${context.stack}`, {
      exitCode: exitCodes.unexpected,
    });
  }
  try {
    const begun = readPending(files);
    if (begun) context.progress(`completes the rotation to version ${begun.root.version} that was begun before`);
    else await begin(context, before, options);
    const { trustRoot, rotations } = await finishRotation(operations, files);
    const gateway = await tellGateway(operations, rotations);
    return describe(context, trustRoot, gateway, begun !== null);
  } finally {
    lock.release();
  }
}

async function begin(context: VerbContext, current: TrustRoot, options: KeyOptions): Promise<void> {
  const { approvers, thresholds, added, approverKey } = options;
  const more = Object.keys(added).length > 0 || Object.keys(thresholds).length > 0;
  const all: readonly Role[] = more ? [] : ['guardian', 'measure', 'approver'];
  const roles = options.roles.length > 0 ? options.roles : all;
  context.progress(
    `trust root ${current.version + 1}: new keys for ${roles.length > 0 ? roles.join(', ') : 'nobody, others are added'}`,
  );
  const also = (added.approver ?? []).map((key) => keyIdOf(readPublicKey(key)));
  const asked = { purpose: 'rotate the keys', trustRoot: current, given: approverKey, also };
  const by = await askApprovers(context, asked);
  const passphrases = roles.includes('approver') ? await askNewPassphrases(approvers) : [];
  beginRotation(stackFiles(context), current, { roles, passphrases, added, thresholds }, by);
}

type Told = { readonly code: 'told' | 'not_reached' } | { readonly code: 'refused'; readonly reason: string };

/** Hands the trust roots to a gateway that runs. One that does not has them from its guardian, later. */
async function tellGateway(operations: Operations, trustRoots: readonly string[]): Promise<Told> {
  try {
    const address = await operations.addressOf('gateway');
    if (!address) return { code: 'not_reached' };
    const response = await fetch(`${address}/trust-root`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ trustRoots }),
      signal: AbortSignal.timeout(answerMs),
    });
    if (response.ok) return { code: 'told' };
    const { code, message } = (await response.json()) as { code?: string; message?: string };
    return { code: 'refused', reason: `${code ?? response.status}: ${message ?? ''}` };
  } catch (error) {
    if (error instanceof TypeError || messageOf(error).includes('timeout')) return { code: 'not_reached' };
    throw error;
  }
}

function describe(context: VerbContext, root: TrustRoot, gateway: Told, completed: boolean): VerbResult {
  const files = stackFiles(context);
  const commit = [files.trustRoot, files.earlierRoots].map((file) => path.relative(context.projectDir, file));
  const approver = findKeyFiles(files, 'approver', root);
  const measure = findKeyFiles(files, 'measure', root);
  const json = {
    stack: context.stack,
    version: root.version,
    trustRoot: digestTrustRoot(root),
    keys: keyIds(root),
    completed,
    gateway,
    commit,
    files: { approver, measure },
  };
  const said = {
    told: 'The gateway has taken it up: what the old guardian key signed is not accepted any more.',
    not_reached: 'The gateway does not answer: its guardian hands it the trust root when it does.',
    refused: `  ! the gateway refused it: ${gateway.code === 'refused' ? gateway.reason : ''}`,
  };
  const text = [
    `Stack ${context.stack} goes by version ${root.version} of its trust root, ${digestTrustRoot(root)}.`,
    ...(completed ? ['This completed a rotation that was begun before; run it again for another.'] : []),
    said[gateway.code],
    'Evidence that old keys have signed counts no more; a grant that stands goes on.',
    `Commit the trust roots:  git add ${commit.join(' ')}`,
    ...approver.map((file) => `An approver's key is ${file}, encrypted; keep a copy offline.`),
    ...measure.map((file) => `The key that measures is ${file}.`),
  ].join('\n');
  return { exitCode: gateway.code === 'refused' ? exitCodes.checkFailed : exitCodes.done, json, text };
}
