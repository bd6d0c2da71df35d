import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { packageDir } from '../package-dir';

/** The engine that goes with the `@pulumi/pulumi` this package pins. */
export const engineVersion = '3.250.0';

/** The folder of the Go module that builds the engine. */
export function engineModuleDir(): string {
  return path.join(packageDir(), 'toolchain', 'engine');
}

/** The folder for what can be made again: `$CUTOVER_CACHE`, else `$XDG_CACHE_HOME/cutover`, else `~/.cache/cutover`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  if (env.CUTOVER_CACHE) return path.resolve(env.CUTOVER_CACHE);
  return path.join(env.XDG_CACHE_HOME || path.join(env.HOME || homedir(), '.cache'), 'cutover');
}

/**
 * The folder of the engine that was built from `moduleDir`. Its name holds the digest of go.mod and go.sum, so that an
 * engine built from other dependencies is never taken for this one.
 */
export function builtEngineFolder(cacheDir: string, moduleDir: string): string {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum']) hash.update(readFileSync(path.join(moduleDir, name)));
  return path.join(cacheDir, 'engine', `${engineVersion}-${hash.digest('hex').slice(0, 12)}`);
}

/** The folder of the official distribution that this package downloaded. */
export function downloadedEngineFolder(cacheDir: string): string {
  return path.join(cacheDir, 'official', engineVersion);
}

/** Where the official distribution installs itself: `$PULUMI_HOME`, else `~/.pulumi`. */
export function officialHome(env: NodeJS.ProcessEnv): string {
  return env.PULUMI_HOME || path.join(env.HOME || homedir(), '.pulumi');
}
