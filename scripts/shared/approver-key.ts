import { existsSync } from 'node:fs';
import { EvidenceError } from '../../evidence/errors';
import { readPrivateKey, type Signer } from '../../evidence/keys';
import { stackFiles } from './stack-files';
import { askSecret } from './terminal';
import type { VerbContext } from './verb';

/** How often a passphrase may be mistyped, the last time included: what was proved so far took long. */
const tries = 3;

/**
 * Opens the approver's key with the passphrase that is typed at the terminal.
 * @param purpose ends the sentence "to ... on stack NAME"
 * @throws CutoverError `terminal_needed`, `cancelled` (3); EvidenceError `key_missing`, `passphrase_wrong` and others
 */
export async function askApprover(context: VerbContext, purpose: string): Promise<Signer> {
  const { approverKey } = stackFiles(context);
  // Nobody is to type a passphrase in vain.
  if (!existsSync(approverKey)) throw new EvidenceError('key_missing', `there is no key at ${approverKey}`);
  for (let left = tries - 1; ; left -= 1) {
    const passphrase = await askSecret(`Passphrase of the approver's key, to ${purpose} on stack ${context.stack}: `);
    try {
      return readPrivateKey(approverKey, passphrase);
    } catch (error) {
      if (!(error instanceof EvidenceError) || error.code !== 'passphrase_wrong' || left === 0) throw error;
      context.progress(`${error.message}; ${left === 1 ? 'one try' : `${left} tries`} left`);
    }
  }
}
