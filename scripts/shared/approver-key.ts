import path from 'node:path';
import { EvidenceError } from '../../evidence/errors';
import { readPrivateKey, type Signer } from '../../evidence/keys';
import type { TrustRoot } from '../../posture/proof';
import { findKeyFiles } from './role-keys';
import { stackFiles } from './stack-files';
import { askSecret } from './terminal';
import type { VerbContext } from './verb';

/** How often a passphrase may be mistyped, the last time included: what was proved so far took long. */
const tries = 3;

/** The option by which a verb is told of an approver's key that does not lie in the stack's folder. */
export const approverKeyOption = [
  '--approver-key <file...>',
  "an approver's private key that lies elsewhere; its passphrase is typed at the terminal",
] as const;

export interface Asked {
  /** Ends the sentence "to ... on stack NAME". */
  readonly purpose: string;
  /** Whose approvers. */
  readonly trustRoot: TrustRoot;
  /** Files beside those of the stack, as `--approver-key` names them. */
  readonly given?: unknown;
  /** Ids of keys that have signed before. */
  readonly signed?: readonly string[];
  /** Ids of keys that may sign as well, though they are no approver's yet. */
  readonly also?: readonly string[];
  /** Whether fewer than the threshold will do, since others may sign later. */
  readonly orFewer?: boolean;
}

/**
 * Opens the keys of as many approvers as have to sign, each with the passphrase that is typed at the terminal.
 * @throws CutoverError `terminal_needed`, `cancelled` (3); EvidenceError `key_missing`, `passphrase_wrong` and others;
 * `threshold` where there are too few keys, or one twice; `unknown_key` for one that is no approver's
 */
export async function askApprovers(context: VerbContext, asked: Asked): Promise<Signer[]> {
  const { trustRoot, signed = [], also = [], orFewer = false } = asked;
  const { keys, threshold } = trustRoot.roles.approver;
  const given = (asked.given === undefined ? [] : [asked.given].flat()).map((file) => path.resolve(String(file)));
  const files = stackFiles(context);
  const own = findKeyFiles(files, 'approver', trustRoot).filter(
    (file) => !signed.some((id) => path.basename(file).includes(id.slice(0, 16))),
  );
  const found = [...new Set([...given, ...own])];
  const needed = Math.max(1, threshold - signed.length);
  // Nobody is to type a passphrase in vain.
  if (found.length === 0) throw new EvidenceError('key_missing', `there is no key at ${files.approverKey}`);
  if (found.length - also.length < needed && own.length < needed && !orFewer) {
    throw new EvidenceError('threshold', `expected the keys of ${needed} approvers, found ${found.length}`, {
      details: [...found, '--approver-key FILE names the key of another approver'],
    });
  }
  const signers: Signer[] = [];
  const count = () => signers.filter(({ keyId }) => Object.hasOwn(keys, keyId)).length;
  for (const file of found) {
    if (!given.includes(file) && count() >= needed) break;
    const signer = await open(context, file, asked.purpose, threshold > 1);
    if (!Object.hasOwn(keys, signer.keyId) && !also.includes(signer.keyId)) {
      throw new EvidenceError('unknown_key', `${file}: the trust root in force knows no approver by this key`);
    }
    if ([...signed, ...signers.map(({ keyId }) => keyId)].includes(signer.keyId)) {
      throw new EvidenceError('threshold', `${file}: this key has signed already, and each counts once`);
    }
    signers.push(signer);
  }
  return signers;
}

async function open(context: VerbContext, file: string, purpose: string, ofMany: boolean): Promise<Signer> {
  const which = ofMany ? ` ${path.basename(file)}` : '';
  const question = `Passphrase of the approver's key${which}, to ${purpose} on stack ${context.stack}: `;
  for (let left = tries - 1; ; left -= 1) {
    const passphrase = await askSecret(question);
    try {
      return readPrivateKey(file, passphrase);
    } catch (error) {
      if (!(error instanceof EvidenceError) || error.code !== 'passphrase_wrong' || left === 0) throw error;
      context.progress(`${error.message}; ${left === 1 ? 'one try' : `${left} tries`} left`);
    }
  }
}
