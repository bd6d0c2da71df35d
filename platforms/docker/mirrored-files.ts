import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Digest, digestBytes, digestOf } from '../../posture/digest';
import { declaredDir, postureFile, type StackFolder, secretFile, stackDir } from '../process/home';

/** A file of this machine that containers on another host are given. */
export interface MirroredFile {
  readonly path: string;
  readonly content: Buffer;
  /** Permission bits. */
  readonly mode: number;
  readonly isSecret: boolean;
}

/** Folders whose files are all of them declared: what is in their copy and not here is declared no more. */
export const declaredFolders = (reads: readonly string[]): string[] =>
  reads.filter((file) => statSync(file, { throwIfNoEntry: false })?.isDirectory());

/**
 * What of the files and folders that workloads read is copied to the host of their containers. What the stack itself
 * writes is there already.
 */
export function readsToMirror(folder: StackFolder, reads: readonly string[]): string[] {
  const isWritten = (file: string) => `${file}/`.startsWith(`${stackDir(folder)}/`) && file !== declaredDir(folder);
  return [...new Set(reads)].filter((file) => !isWritten(file)).sort();
}

/** The files to copy, secrets first. @throws the file system's error where one cannot be read */
export function listMirrored(
  folder: StackFolder,
  reads: readonly string[],
  secrets: readonly string[],
): MirroredFile[] {
  const own = secrets.map((name) => read(secretFile(folder, name), 0o600, true));
  // Of what was declared the stack's record is of this machine.
  const files = reads.flatMap((one) => listFiles(one === declaredDir(folder) ? postureFile(folder) : one));
  const others = [...new Set(files)].sort().map((file) => read(file, 0o444, false));
  return [...own, ...others];
}

/** One digest over every copied file that is no secret. @throws as above */
export function digestMirrored(folder: StackFolder, reads: readonly string[]): Digest {
  return digestOf(listMirrored(folder, reads, []).map(({ path: file, content }) => [file, digestBytes(content)]));
}

const read = (file: string, mode: number, isSecret: boolean): MirroredFile => ({
  path: file,
  content: readFileSync(file),
  mode,
  isSecret,
});

function listFiles(file: string): string[] {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found?.isFile() ? [file] : [];
  return readdirSync(file).flatMap((name) => listFiles(path.join(file, name)));
}
