// Needs nothing that is built or bundled: the launcher in bin/ asks it whether dist/ is stale.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folders = [
  'posture',
  'protocol',
  'model',
  'simulate',
  'fuzz',
  'evidence',
  'ledger',
  'protocol',
  'canary',
  'market',
  'platforms',
  'provider',
  'workloads',
  'policies',
  'report',
  'scripts',
  'toolchain',
  'bench',
];

/**
 * The SHA-256 over every source file that `dist/` is built from, with the lockfile that pins the libraries.
 * @param root the project's folder
 * @returns hex digest
 */
export function digestSources(root: string): string {
  const files = readdirSync(root).filter((name) => name.endsWith('.ts') || name === 'package-lock.json');
  for (const folder of folders) {
    let names: string[];
    try {
      names = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
    } catch {
      continue; // a folder that does not exist yet
    }
    for (const name of names) if (/\.(ts|mts)$/.test(name)) files.push(path.join(folder, name));
  }
  const hash = createHash('sha256');
  for (const file of files.sort())
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  return hash.digest('hex');
}
