import { CutoverError, type ExitCode, exitCodes } from '../errors';

/** Why a key, a trust root, an envelope or an evidence cannot be used, and the exit code that a verb ends with. */
const exitCodeOf = {
  key_missing: exitCodes.missing,
  key_exists: exitCodes.refused,
  key_permissions: exitCodes.refused,
  key_malformed: exitCodes.refused,
  key_not_encrypted: exitCodes.refused,
  passphrase_needed: exitCodes.refused,
  passphrase_wrong: exitCodes.refused,
  passphrase_short: exitCodes.usage,
  trust_root_missing: exitCodes.missing,
  trust_root_malformed: exitCodes.refused,
  trust_root_not_pinned: exitCodes.refused,
  trust_root_not_next: exitCodes.refused,
  too_large: exitCodes.refused,
  malformed: exitCodes.refused,
  wrong_payload_type: exitCodes.refused,
  unknown_statement: exitCodes.refused,
  unknown_predicate: exitCodes.refused,
  inconsistent: exitCodes.refused,
  unsigned: exitCodes.refused,
  bad_signature: exitCodes.refused,
  unknown_key: exitCodes.refused,
  wrong_role: exitCodes.refused,
  threshold: exitCodes.refused,
  evidence_exists: exitCodes.refused,
} as const satisfies Record<string, ExitCode>;

export type EvidenceErrorCode = keyof typeof exitCodeOf;

/** An error of keys, signatures and evidence; `code` says which. */
export class EvidenceError extends CutoverError {
  declare readonly code: EvidenceErrorCode;

  constructor(code: EvidenceErrorCode, message: string, options: { details?: string[]; cause?: unknown } = {}) {
    super(code, message, { exitCode: exitCodeOf[code], ...options });
    this.name = 'EvidenceError';
  }
}
