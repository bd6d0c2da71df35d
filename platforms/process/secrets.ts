import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { type StackFolder, secretFile } from './home';

/**
 * Sees to it that a secret of the stack exists: 256 random bits in a file that only its owner can read. It is made
 * once and kept; its value passes neither config, engine, state nor command line.
 * @returns the file's path
 */
export function ensureSecret(folder: StackFolder, name: string): string {
  const file = secretFile(folder, name);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    const descriptor = openSync(file, 'wx', 0o600);
    try {
      writeSync(descriptor, `${randomBytes(32).toString('hex')}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  }
  return file;
}
