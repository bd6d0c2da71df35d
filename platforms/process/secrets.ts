import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { writeAtomically } from './atomic-file';
import { type StackFolder, secretFile } from './home';

/**
 * Sees to it that a secret of the stack exists: 256 random bits in a file that only its owner can read. It is made
 * once and kept; its value passes neither config, engine, state nor command line.
 * @returns the file's path
 */
export function ensureSecret(folder: StackFolder, name: string): string {
  const file = secretFile(folder, name);
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (!existsSync(file)) {
    // Written beside and linked: a crash leaves no empty secret, and of two that make it at once both use the first's.
    const fresh = `${file}.${randomBytes(4).toString('hex')}`;
    writeAtomically(fresh, `${randomBytes(32).toString('hex')}\n`, 0o600);
    try {
      linkSync(fresh, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(fresh);
    }
  }
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  return file;
}
