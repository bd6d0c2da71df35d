import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { CutoverError, exitCodes } from '../errors';
import type { HandedFiles } from './kubernetes/inside/keep-files';
import type { Manifest } from './kubernetes/inside/manifest';
import type { DataChange } from './platform';

/** How long a fetch of a folder may take, and a change, milliseconds. */
export const fetchMs = 300_000;
const changeMs = 20_000;

/** What a shipped program is run with. */
export interface InsideInput {
  readonly input: Buffer;
  readonly timeoutMs: number;
  /** Where its output goes as it comes; else it is in the result. */
  readonly stdout?: Writable;
}

/** Where a workload's data is, with programs of ours that can be run there. */
export interface InsidePlace {
  /** Runs a shipped program as the workload's user, in its environment. @throws CutoverError `data_unreachable` */
  run(
    entry: string,
    args: readonly string[],
    options: InsideInput,
  ): Promise<{ readonly exitCode: number; readonly stdout: Buffer; readonly stderr: string }>;
  /** Why the data cannot be reached. */
  unreachable(why: string): CutoverError;
}

/** Writes what is new in a folder there to an archive. @throws CutoverError `data_unreachable` */
export async function sendInside(
  place: InsidePlace,
  folder: string,
  known: Manifest,
  archive: Writable,
): Promise<void> {
  const asked = { timeoutMs: fetchMs, stdout: archive };
  const { exitCode, stderr } = await runWith(place, 'platforms/kubernetes/inside/send-main', [folder], known, asked);
  if (exitCode !== 0) throw place.unreachable(stderr.trim() || `exit code ${exitCode}`);
}

/**
 * Writes files of this machine into the workload's data. Private keys are then there alone.
 * @param home the folder here that the files are below
 * @throws CutoverError `data_unreachable`, `handover_refused` (exit code 3) where others are there already
 */
export async function keepInside(
  place: InsidePlace,
  workload: string,
  home: string,
  files: readonly string[],
): Promise<void> {
  const handed: HandedFiles = files.filter(existsSync).map((file) => ({
    name: path.relative(home, file),
    content: readFileSync(file).toString('base64'),
    mode: statSync(file).mode & 0o777,
  }));
  const { exitCode, stderr } = await runWith(place, 'platforms/kubernetes/inside/keep-main', [], handed);
  if (exitCode !== 0) {
    throw new CutoverError('handover_refused', `${workload} was not given its files: ${stderr.trim()}`, {
      exitCode: exitCodes.refused,
    });
  }
  for (const file of files.filter((one) => one.endsWith('.key'))) rmSync(file, { force: true });
}

/** Makes a change to the workload's data. @throws CutoverError with the change's own code, or `data_unreachable` */
export async function changeInside<Input, Output>(
  place: InsidePlace,
  { entry, name }: DataChange<Input, Output>,
  input: Input,
): Promise<Output> {
  const { exitCode, stdout, stderr } = await runWith(place, entry, [name], input);
  if (exitCode !== 0) throw place.unreachable(stderr.trim() || `exit code ${exitCode}`);
  const { output, error } = JSON.parse(stdout.toString()) as {
    output?: Output;
    error?: { code: string; message: string; details: string[] };
  };
  if (!error) return output as Output;
  throw new CutoverError(error.code, error.message, { exitCode: exitCodes.unexpected, details: error.details });
}

/** Runs a program with JSON on its standard input, which has no end: its last argument is how long that is. */
function runWith(
  place: InsidePlace,
  entry: string,
  args: readonly string[],
  value: unknown,
  asked: Omit<InsideInput, 'input'> = { timeoutMs: changeMs },
) {
  const input = Buffer.from(JSON.stringify(value));
  return place.run(entry, [...args, String(input.length)], { input, ...asked });
}
