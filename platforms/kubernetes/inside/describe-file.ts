import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Manifest } from './manifest';

/** A file of a folder, and what of it a receiver lacks. */
export interface Described {
  readonly name: string;
  readonly version: string;
  readonly size: number;
  /** Where what the receiver lacks begins; absent where it has all of it. */
  readonly from?: number;
  /** `database`: to be copied page by page; `growing`: only ever added to; `whole`: its content is at hand. */
  readonly kind: 'database' | 'growing' | 'whole';
  readonly content?: Buffer;
}

/**
 * Looks at a file.
 * @param known what the receiver has of it
 * @returns undefined where it is gone by now
 */
export function describeFile(folder: string, name: string, known: Manifest[string] | undefined): Described | undefined {
  try {
    const file = path.join(folder, name);
    if (name.endsWith('.log')) return describeGrowing(file, name, known);
    const isDatabase = startsLikeDatabase(file);
    const [own, log] = [file, `${file}-wal`].map((part) => statSync(part, { bigint: true, throwIfNoEntry: false }));
    if (!own) return undefined;
    const version = [own.ino, own.size, own.mtimeNs, ...(isDatabase ? [log?.size, log?.mtimeNs] : [])].join(':');
    const size = Number(own.size);
    if (known?.version === version) return { name, version, size, kind: 'whole' };
    if (isDatabase) return { name, version, size, kind: 'database', from: 0 };
    const content = readFileSync(file);
    return { name, version, size: content.length, kind: 'whole', from: 0, content };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function describeGrowing(file: string, name: string, known: Manifest[string] | undefined): Described {
  const { ino, size } = statSync(file);
  // A file that grows keeps its inode; one that is shorter than before was begun anew.
  const has = known?.version === String(ino) && known.size <= size ? known.size : 0;
  const described = { name, version: String(ino), size, kind: 'growing' } as const;
  return known && has === size ? described : { ...described, from: has };
}

function startsLikeDatabase(file: string): boolean {
  const handle = openSync(file, 'r');
  try {
    const start = Buffer.alloc(16);
    return readSync(handle, start) === 16 && start.toString('latin1') === 'SQLite format 3\0';
  } finally {
    closeSync(handle);
  }
}
