import { spawnSync } from 'node:child_process';

/**
 * Runs a tool of the system to its end.
 * @returns what it printed
 * @throws Error with what it printed on standard error, when it cannot be run or fails
 */
export function runTool(file: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8' });
  if (error || status !== 0) {
    throw new Error(`${[file, ...args].join(' ')}: ${error?.message ?? (stderr.trim() || `exit code ${status}`)}`);
  }
  return stdout;
}

/** As `runTool`, for what may be gone already: a failure is an empty answer. */
export function tryTool(file: string, ...args: string[]): string {
  try {
    return runTool(file, ...args);
  } catch {
    return '';
  }
}
