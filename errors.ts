/** The exit codes of every `cutover` verb. Scripts can rely on them. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  checkFailed: 4,
  missing: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * An error that is meant to be read by an operator: it says what is wrong, and each of its `details` one thing to
 * know or to do. Asserted by `code` in tests, never by its words.
 */
export class CutoverError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly details: readonly string[];

  constructor(code: string, message: string, options: { exitCode: ExitCode; details?: string[]; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CutoverError';
    this.code = code;
    this.exitCode = options.exitCode;
    this.details = options.details ?? [];
  }
}

/** The message of anything that was thrown. Never throws itself. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : String(error);
  } catch {
    return Object.prototype.toString.call(error); // an object that has no text, such as {toString: 1}
  }
}
