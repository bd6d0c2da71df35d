import { type BigIntStats, readFileSync, statSync } from 'node:fs';
import { type Digest, digestFile } from './posture/digest';

/** The files that a stack's config names: those of this machine, or those of a revision. Paths are absolute. */
export interface ProjectFiles {
  /** Bytes; undefined where there is no such file. Never throws. */
  sizeOf(file: string): number | undefined;
  /** The digest of a file's content; undefined where there is no such file. */
  digestOf(file: string): Digest | undefined;
  /** @throws Error that says why it cannot be read */
  read(file: string): Buffer;
}

/** Digests of files that were read before; programs are large, and asked for every second. */
const known = new Map<string, Digest>();

/** The files of this machine, as they are now. */
export const filesOnDisk: ProjectFiles = {
  sizeOf(file) {
    const stat = statFile(file);
    return stat && Number(stat.size);
  },
  digestOf(file) {
    const stat = statFile(file);
    if (!stat) return undefined;
    // The change time cannot be set by a program, unlike the modification time.
    const key = `${file}\0${stat.ino}\0${stat.size}\0${stat.ctimeNs}`;
    const digest = known.get(key) ?? digestFile(file);
    known.set(key, digest);
    return digest;
  },
  read: (file) => readFileSync(file),
};

/** What the file system says of a file; undefined where there is none that could be read as one. */
export function statFile(file: string): BigIntStats | undefined {
  try {
    const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
    return stat?.isFile() ? stat : undefined;
  } catch {
    return undefined; // a word that no path can be, such as JSON text that is too long for a name
  }
}
