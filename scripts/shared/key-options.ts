import { readFileSync } from 'node:fs';
import { CutoverError, exitCodes } from '../../errors';
import { readPublicKey } from '../../evidence/keys';
import { naming } from '../../evidence/trust-root';
import type { Role } from '../../posture/proof';
import { askSecret } from './terminal';

const roleNames: readonly Role[] = ['guardian', 'measure', 'approver'];

/** What `keys init` and `keys rotate` were asked for. */
export interface KeyOptions {
  readonly roles: readonly Role[];
  /** How many approvers type a passphrase here. */
  readonly approvers: number;
  readonly thresholds: Readonly<Partial<Record<Role, number>>>;
  /** Public keys, as `publicKeyText` writes them. */
  readonly added: Readonly<Partial<Record<Role, readonly string[]>>>;
  readonly approverKey: unknown;
}

/**
 * Reads the options. Where no role is named every role's keys are replaced, unless it is only asked for more keys or
 * another threshold.
 * @throws CutoverError `usage` (exit code 2); EvidenceError `key_malformed` naming the file of a public key
 */
export function readKeyOptions(options: Readonly<Record<string, unknown>>): KeyOptions {
  const approver = listOf(options.addApprover).map(readPublicFile);
  const measure = listOf(options.addMeasure).map(readPublicFile);
  const thresholds = Object.fromEntries(listOf(options.threshold).map(readThreshold));
  const approvers = options.approvers === undefined ? 1 : Number(options.approvers);
  if (!Number.isInteger(approvers) || approvers < 1 || approvers > 4) {
    throw usage(`--approvers: expected a whole number from 1 to 4, received ${String(options.approvers)}`);
  }
  return {
    roles: listOf(options.role).map(readRole),
    approvers,
    thresholds,
    added: { ...(approver.length > 0 && { approver }), ...(measure.length > 0 && { measure }) },
    approverKey: options.approverKey,
  };
}

/**
 * Asks for the passphrases of new approvers' keys, each twice, at the terminal.
 * @throws CutoverError `terminal_needed`, `cancelled` (3), `passphrase_differs` (2)
 */
export async function askNewPassphrases(count: number): Promise<string[]> {
  const passphrases: string[] = [];
  for (let index = 1; index <= count; index += 1) {
    const whose = count === 1 ? "the approver's key" : `the key of approver ${index} of ${count}`;
    const passphrase = await askSecret(`New passphrase of ${whose} (8 characters or more): `);
    if ((await askSecret('The same again: ')) !== passphrase) {
      throw new CutoverError('passphrase_differs', 'the two passphrases differ; nothing was made', {
        exitCode: exitCodes.usage,
      });
    }
    passphrases.push(passphrase);
  }
  return passphrases;
}

export const usage = (message: string) => new CutoverError('usage', message, { exitCode: exitCodes.usage });

const listOf = (given: unknown): string[] => (given === undefined ? [] : [given].flat().map(String));

function readRole(name: string): Role {
  const role = roleNames.find((one) => one === name);
  if (role) return role;
  throw usage(`--role: expected one of ${roleNames.join(', ')}, received ${JSON.stringify(name)}`);
}

function readThreshold(given: string): [Role, number] {
  const [, role = 'approver', count] = /^(?:([a-z]+)=)?([1-9])$/.exec(given) ?? [];
  if (count === undefined) throw usage(`--threshold: expected ROLE=N, such as approver=2, received ${given}`);
  const of = readRole(role);
  if (of === 'guardian' && count !== '1') {
    throw usage(`--threshold: expected guardian=1, received ${given}: the guardian signs online, with one key`);
  }
  return [of, Number(count)];
}

function readPublicFile(file: string): string {
  const text = readFileSync(file, 'utf8').trim();
  naming(file, () => readPublicKey(text));
  return text;
}
