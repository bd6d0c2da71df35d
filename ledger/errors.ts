import { CutoverError, type ExitCode, exitCodes } from '../errors';

/** Why a ledger cannot be read, or an entry not be appended, and the exit code that a verb ends with. */
const exitCodeOf = {
  missing: exitCodes.missing,
  exists: exitCodes.refused,
  unreadable: exitCodes.refused,
  too_large: exitCodes.refused,
  empty: exitCodes.refused,
  malformed: exitCodes.refused,
  wrong_seq: exitCodes.refused,
  broken_chain: exitCodes.refused,
  time_steps_back: exitCodes.refused,
  foreign: exitCodes.refused,
  bad_signature: exitCodes.refused,
  grant_over_halt: exitCodes.refused,
  evidence_reused: exitCodes.refused,
  return_refused: exitCodes.refused,
  unknown_grant: exitCodes.refused,
  unknown_halt: exitCodes.refused,
  truncated: exitCodes.refused,
  forked: exitCodes.refused,
  stale_head: exitCodes.refused,
  busy: exitCodes.refused,
  write_failed: exitCodes.unexpected,
  stale_export: exitCodes.refused,
} as const satisfies Record<string, ExitCode>;

export type LedgerErrorCode = keyof typeof exitCodeOf;

/** An error of the ledger; `code` says which. */
export class LedgerError extends CutoverError {
  declare readonly code: LedgerErrorCode;

  constructor(code: LedgerErrorCode, message: string, options: { details?: string[]; cause?: unknown } = {}) {
    super(code, message, { exitCode: exitCodeOf[code], ...options });
    this.name = 'LedgerError';
  }
}
