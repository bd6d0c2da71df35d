import type { Logger } from 'pino';
import { CutoverError, messageOf } from '../errors';

/** The exit code of a workload whose configuration is wrong (EX_CONFIG): starting it again does not help. */
export const badConfigExitCode = 78;

/** Reads a workload's configuration; when that throws, logs the reason with all details and ends the process. */
export function readConfigOrExit<T>(log: Logger, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const known = error instanceof CutoverError ? { code: error.code, details: error.details } : {};
    log.error(known, messageOf(error));
    process.exit(badConfigExitCode);
  }
}
