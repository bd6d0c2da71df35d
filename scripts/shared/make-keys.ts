import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CutoverError, exitCodes } from '../../errors';
import {
  generateSigner,
  nameOfKey,
  publicKeyText,
  requirePassphrase,
  type Signer,
  writePrivateKey,
} from '../../evidence/keys';
import { defaultsFor, formatTrustRoot, type TrustTerms } from '../../evidence/trust-root';
import { genesisEntry, hashOf } from '../../ledger/entry';
import { createLedger } from '../../ledger/ledger-file';
import type { Operations } from '../../platforms/platform';
import type { TrustRoot } from '../../posture/proof';
import type { StackFiles } from './stack-files';

/** Whose keys are made. */
export interface KeysOptions {
  readonly stack: string;
  readonly account: { readonly venue: string; readonly id: string };
  /** Encrypts the approver's key. */
  readonly passphrase: string;
  /** Those of further approvers, a key for each; and how many of all approvers have to sign, 1 if it is not said. */
  readonly others?: readonly string[];
  readonly threshold?: number;
  /** A drill's own keys and ledger. */
  readonly drill: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Makes the keys of all roles, the trust root that the approver signs, the ledger with its first entry, and the pinned
 * copies for guardian and gateway. Never over anything that is there: a second ledger would have forgotten every halt.
 * @throws CutoverError `keys_exist` (exit code 3) naming what exists; EvidenceError `passphrase_short`
 */
export function makeKeys(files: StackFiles, options: KeysOptions): TrustRoot {
  requireNone(files);
  const signers = { guardian: generateSigner(), measure: generateSigner() };
  const { others = [], threshold = 1 } = options;
  const approvers = [options.passphrase, ...others].map((passphrase) => ({ passphrase, signer: generateSigner() }));
  const terms: TrustTerms = {
    version: 1,
    stack: options.stack,
    account: options.account,
    roles: {
      guardian: roleOf([signers.guardian]),
      measure: roleOf([signers.measure]),
      approver: roleOf(
        approvers.map(({ signer }) => signer),
        threshold,
      ),
    },
    ...defaultsFor(options.account.venue),
  };
  const genesis = genesisEntry(terms, options);
  const root: TrustRoot = { ...terms, genesis: hashOf(genesis) };
  const text = formatTrustRoot(
    root,
    approvers.map(({ signer }) => signer),
  );

  for (const file of listFiles(files)) mkdirSync(path.dirname(file), { recursive: true });
  // The approvers' first: a passphrase that is refused leaves nothing behind.
  for (const { passphrase } of approvers) requirePassphrase(passphrase);
  for (const { signer, passphrase } of approvers) {
    const named = path.join(files.keys, nameOfKey('approver', signer.keyId));
    writePrivateKey(others.length > 0 ? named : files.approverKey, signer, passphrase);
  }
  writePrivateKey(files.measureKey, signers.measure);
  writePrivateKey(files.guardian.key, signers.guardian);
  createLedger(files.guardian.ledger, genesis);
  // The copies last: without them nothing of the above counts for anybody.
  for (const file of [files.trustRoot, files.guardian.trustRoot, files.gatewayTrustRoot]) {
    writeFileSync(file, text, { flag: 'wx', flush: true });
  }
  return root;
}

/**
 * Gives guardian and gateway what is theirs of the keys. Until that is done the guardian's key lies here.
 * @throws CutoverError `data_unreachable` (exit code 5)
 */
export async function handOverKeys(operations: Pick<Operations, 'handOver'>, files: StackFiles): Promise<void> {
  const { key, ledger, trustRoot } = files.guardian;
  await operations.handOver('gateway', [files.gatewayTrustRoot]);
  await operations.handOver('guardian', [key, ledger, trustRoot]);
}

/** Every file that `makeKeys` makes. */
export function listFiles(files: StackFiles): string[] {
  const { guardian } = files;
  return [
    files.trustRoot,
    files.approverKey,
    files.measureKey,
    guardian.key,
    guardian.ledger,
    guardian.trustRoot,
    files.gatewayTrustRoot,
  ];
}

/** @throws CutoverError `keys_exist` (exit code 3) naming what exists */
export function requireNone(files: StackFiles): void {
  const existing = listFiles(files).filter((file) => existsSync(file));
  if (existing.length === 0) return;
  throw new CutoverError('keys_exist', 'this stack has keys already, and they are never made twice', {
    exitCode: exitCodes.refused,
    details: [
      ...existing.map((file) => `exists: ${file}`),
      'A second ledger would have forgotten every grant and halt; another account or stack gets keys of its own.',
    ],
  });
}

/** A role of these keys, of which so many have to sign. */
export const roleOf = (signers: readonly Signer[], threshold = 1) => ({
  keys: Object.fromEntries(signers.map((signer) => [signer.keyId, publicKeyText(signer)])),
  threshold,
});
