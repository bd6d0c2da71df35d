import { accessSync, closeSync, constants, openSync, readSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { engineVersion } from './cache';
import { runTool } from './run-tool';

/** A line in every wrapper that starts the stand-in language host, by which it is told from the official one. */
export const standInMark = '# cutover: stand-in language host';

/** An engine that can be used. */
export interface Engine {
  /** The executable. */
  readonly path: string;
  /** Such as `3.250.0`. */
  readonly version: string;
  readonly source: 'path' | 'official-cache' | 'downloaded' | 'built';
  /** The folder of the executable. */
  readonly binDir: string;
  /** Which Node.js language host goes with it; the stand-in is ours. */
  readonly languageHost: 'official' | 'stand-in';
}

/** Every folder of PATH, in order. */
export function pathFolders(env: NodeJS.ProcessEnv): string[] {
  return (env.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}

/** Whether a file is there and may be executed. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Says why an engine of this version is passed over, or undefined when it fits. Later 3.x engines serve the pinned
 * `@pulumi/pulumi`; earlier ones lack calls that it makes.
 * @param version as `pulumi version` prints it, such as `v3.250.0`
 */
export function versionObjection(version: string): string | undefined {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  const [major, minor, patch] = engineVersion.split('.').map(Number) as [number, number, number];
  if (!found) return `it says its version is ${JSON.stringify(version)}`;
  const [foundMajor, foundMinor, foundPatch] = found as [number, number, number];
  if (foundMajor > major) return `it is ${version}, and another major version than ${major} was never tried`;
  const older = foundMajor < major || foundMinor < minor || (foundMinor === minor && foundPatch < patch);
  return older ? `it is ${version}, and ${engineVersion} or later is needed` : undefined;
}

/**
 * Asks the engine in `binDir` for its version. A file that is not a whole engine does not answer.
 * @returns the engine, or why it cannot be used
 */
export async function inspectEngine(
  binDir: string,
  source: Engine['source'],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Engine | string> {
  const executable = path.join(binDir, 'pulumi');
  const answer = await runTool(executable, ['version'], {
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: '1' },
    // On a machine with much to do it takes long; to build another engine for it would take longer.
    timeoutSeconds: 60,
    signal,
  });
  if (!answer.ok) return `${executable}: \`pulumi version\` failed (${answer.failure})`;
  const version = answer.stdout.trim();
  const objection = versionObjection(version);
  if (objection) return `${executable}: ${objection}`;
  return {
    path: executable,
    version: version.replace(/^v/, ''),
    source,
    binDir,
    languageHost: languageHostOf(executable, env),
  };
}

/**
 * The language host that the engine would start: the first on PATH, else the one beside it. One on PATH that came with
 * another engine does not count, since it may be of any age.
 */
export function languageHostOf(executable: string, env: NodeJS.ProcessEnv): Engine['languageHost'] {
  const name = 'pulumi-language-nodejs';
  const beside = [path.dirname(executable), path.dirname(realpathSync(executable))];
  const onPath = pathFolders(env).find((folder) => isExecutable(path.join(folder, name)));
  if (onPath !== undefined && !isExecutable(path.join(onPath, 'pulumi'))) beside.push(onPath);
  const official = beside.some(
    (folder) => isExecutable(path.join(folder, name)) && !isStandIn(path.join(folder, name)),
  );
  return official ? 'official' : 'stand-in';
}

function isStandIn(file: string): boolean {
  const head = Buffer.alloc(256);
  const descriptor = openSync(file, 'r');
  try {
    return head.toString('utf8', 0, readSync(descriptor, head)).includes(standInMark);
  } finally {
    closeSync(descriptor);
  }
}
