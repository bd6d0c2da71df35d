import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Writes a file so that a crash at any moment leaves either the former content or the new one, whole; on disk when it
 * returns. @throws the file system's error; the former content then stays
 */
export function writeDurably(file: string, text: string): void {
  const fresh = `${file}.${process.pid}.tmp`;
  writeFileSync(fresh, text, { flush: true, mode: 0o600 });
  renameSync(fresh, file);
  syncFolder(path.dirname(file));
}

/** Syncs a folder, so that what was renamed in it stays renamed. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
