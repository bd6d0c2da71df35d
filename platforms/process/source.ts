import { type BigIntStats, statSync } from 'node:fs';
import path from 'node:path';
import { type Digest, digestFile, digestOf } from '../../posture/digest';

/** Digests of files that were read before; programs are large, and asked for every second. */
const known = new Map<string, Digest>();

/**
 * The digest of the code that a command runs: of every file that its words name, in order, the program's own included.
 * Declared and observed commands are digested alike, so that the two can be compared.
 * @param cwd the folder that relative words start from
 * @param searchPath the PATH on which a program without a folder is looked for
 */
export function digestCommand(command: readonly string[], cwd: string, searchPath = process.env.PATH): Digest {
  const [program, ...args] = command;
  const files = [...(program === undefined ? [] : [fileOfProgram(program, cwd, searchPath)])];
  return digestOf(
    [...files, ...args.map((word) => path.resolve(cwd, word))].flatMap((file) => digestNamed(file) ?? []),
  );
}

/** The file that the first word of a command starts, if one can be told. */
export function fileOfProgram(program: string, cwd: string, searchPath = ''): string | undefined {
  if (program.includes('/')) return path.resolve(cwd, program);
  const folders = searchPath.split(path.delimiter).filter(Boolean);
  return folders.map((folder) => path.resolve(cwd, folder, program)).find((file) => statFile(file) !== undefined);
}

/** What the file system says of a file; undefined where there is none that could be read as one. */
export function statFile(file: string): BigIntStats | undefined {
  try {
    const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
    return stat?.isFile() ? stat : undefined;
  } catch {
    return undefined; // a word that no path can be, such as JSON text that is too long for a name
  }
}

function digestNamed(file: string | undefined): Digest | undefined {
  const stat = file === undefined ? undefined : statFile(file);
  if (file === undefined || !stat) return undefined;
  // The change time cannot be set by a program, unlike the modification time.
  const key = `${file}\0${stat.ino}\0${stat.size}\0${stat.ctimeNs}`;
  const digest = known.get(key) ?? digestFile(file);
  known.set(key, digest);
  return digest;
}
