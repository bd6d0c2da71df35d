import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';

/** A file or folder of the image. All belong to root, so that no workload can change what it runs. */
export interface ImageEntry {
  /** Absolute, as the container sees it. */
  readonly path: string;
  readonly mode: number;
  /** Bytes, or the file of this machine that is copied; a folder has none. */
  readonly content?: Buffer | { readonly copyOf: string };
}

/** One layer; its entries are sorted by path, with the folders that they lie in. */
export interface LayerPlan {
  readonly name: 'runtime' | 'modules' | 'code';
  readonly entries: readonly ImageEntry[];
}

/**
 * The entries of a layer in their one order, each below its folders, so that the order in which files were found, and
 * what the folders of this machine look like, leave no trace.
 */
export function arrange(entries: readonly ImageEntry[]): ImageEntry[] {
  const all = new Map<string, ImageEntry>();
  for (const entry of entries) {
    for (let folder = path.posix.dirname(entry.path); folder !== '/'; folder = path.posix.dirname(folder)) {
      if (!all.has(folder)) all.set(folder, { path: folder, mode: 0o755 });
    }
    all.set(entry.path, entry);
  }
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Copies a file of this machine into the image. */
export function copied(target: string, source: string, mode = 0o644): ImageEntry {
  return { path: target, mode, content: { copyOf: source } };
}

/** Writes a text into the image. */
export function written(target: string, text: string): ImageEntry {
  return { path: target, mode: 0o644, content: Buffer.from(text) };
}

/** Size in bytes and a stream of what a file of the image holds. */
export async function openContent(
  content: NonNullable<ImageEntry['content']>,
): Promise<{ size: number; chunks: AsyncIterable<Buffer> | Iterable<Buffer> }> {
  if (Buffer.isBuffer(content)) return { size: content.length, chunks: [content] };
  const { size } = await stat(content.copyOf);
  return { size, chunks: createReadStream(content.copyOf, { highWaterMark: 1 << 20 }) };
}
