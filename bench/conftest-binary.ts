import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { messageOf } from '../errors';
import { packageDir } from '../package-dir';
import { cacheFolder } from '../toolchain/cache';

/** Where the module lies that pins conftest, with the rules that it is given. */
export const conftestDir = (): string => path.join(packageDir(), 'bench', 'conftest');

/**
 * Has conftest, built once from the Go module proxy into the cache.
 * @returns its path, or why there is none
 */
export async function ensureConftest(
  progress: (message: string) => void,
): Promise<{ readonly file: string } | { readonly missing: string }> {
  const module = ['go.mod', 'go.sum'].map((name) => path.join(conftestDir(), name));
  const digest = createHash('sha256');
  for (const file of module) digest.update(readFileSync(file));
  const folder = path.join(cacheFolder(process.env), `conftest-${digest.digest('hex').slice(0, 12)}`);
  const file = path.join(folder, 'conftest');
  if (existsSync(file)) return { file };
  mkdirSync(folder, { recursive: true });
  const fresh = mkdtempSync(path.join(folder, '.build-'));
  try {
    progress('building conftest from the Go module proxy, which takes some minutes');
    for (const one of module) copyFileSync(one, path.join(fresh, path.basename(one)));
    const args = ['build', '-trimpath', '-o', path.join(fresh, 'conftest'), 'github.com/open-policy-agent/conftest'];
    await execa('go', args, { cwd: fresh, timeout: 3_600_000 });
    renameSync(path.join(fresh, 'conftest'), file);
    return { file };
  } catch (error) {
    return { missing: `conftest cannot be built: ${messageOf(error)}` };
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
