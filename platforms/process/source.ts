import { statSync } from 'node:fs';
import path from 'node:path';
import { type Digest, digestFile, digestOf } from '../../posture/digest';

/** Digests of files that were read before; programs are large, and asked for every second. */
const known = new Map<string, Digest>();

/**
 * The digest of the code that a command runs: of every file that its words name, in order, the program's own included.
 * Declared and observed commands are digested alike, so that the two can be compared.
 * @param cwd the folder that relative words start from
 */
export function digestCommand(command: readonly string[], cwd: string): Digest {
  return digestOf(command.flatMap((word) => digestNamedFile(path.resolve(cwd, word)) ?? []));
}

function digestNamedFile(file: string): Digest | undefined {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  if (!stat?.isFile()) return undefined;
  // The change time cannot be set by a program, unlike the modification time.
  const key = `${file}\0${stat.ino}\0${stat.size}\0${stat.ctimeNs}`;
  const digest = known.get(key) ?? digestFile(file);
  known.set(key, digest);
  return digest;
}
