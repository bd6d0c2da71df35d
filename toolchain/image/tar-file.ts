import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { openContent } from './entry';

export interface TarEntry {
  /** Without a leading slash. */
  readonly name: string;
  readonly mode: number;
  /** A folder has none. */
  readonly content?: Buffer | { readonly copyOf: string };
}

export interface TarFile {
  readonly digest: `sha256:${string}`;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, in hex, of each file in it. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Writes a tar whose bytes follow from its entries alone: no time, no owner's name, no order but theirs.
 * @throws Error when a file changes while it is read, or the disk is full
 */
export async function writeTar(file: string, entries: readonly TarEntry[]): Promise<TarFile> {
  const tar = pack();
  const hash = createHash('sha256');
  let size = 0;
  const files = new Map<string, string>();
  const measured = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  const fill = async () => {
    try {
      for (const entry of entries) files.set(entry.name, await addEntry(tar, entry));
      tar.finalize();
    } catch (error) {
      tar.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  };
  const written = pipeline(tar as unknown as Readable, measured, createWriteStream(file));
  // The pack's own failure comes first: what it breaks off in the pipe would only say that something ended too soon.
  const [filled, piped] = await Promise.allSettled([fill(), written]);
  if (filled.status === 'rejected') throw filled.reason;
  if (piped.status === 'rejected') throw piped.reason;
  return { digest: `sha256:${hash.digest('hex')}`, size, files };
}

/** @returns the SHA-256 of the file in hex; empty for a folder */
async function addEntry(tar: Pack, { name, mode, content }: TarEntry): Promise<string> {
  const header = { name, mode, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };
  if (!content) {
    await new Promise<void>((resolve, reject) => {
      tar.entry({ ...header, type: 'directory' }, (error) => (error ? reject(error) : resolve()));
    });
    return '';
  }
  const { size, chunks } = await openContent(content);
  const hash = createHash('sha256');
  const sink = tar.entry({ ...header, type: 'file', size });
  await pipeline(
    Readable.from(chunks),
    async function* (parts: AsyncIterable<Buffer>) {
      for await (const part of parts) {
        hash.update(part);
        yield part;
      }
    },
    sink as unknown as Writable,
  );
  return hash.digest('hex');
}
