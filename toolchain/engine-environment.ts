import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packageDir } from '../package-dir';
import { type Engine, standInMark } from './inspect-engine';

export interface EnvironmentOptions {
  /** The folder whose `bin` takes the wrapper of the stand-in language host. */
  readonly home: string;
  /** The Node.js that runs programs, policy packs and providers; this process's unless given. */
  readonly node?: string | undefined;
  /** The bundled language host; that of this package unless given. */
  readonly languageHost?: string | undefined;
  /** The PATH to put the folders before; this process's unless given. */
  readonly path?: string | undefined;
}

/**
 * What `pulumi` needs in its environment to work with this engine; run it by its name, from that PATH. Writes the
 * wrapper of the stand-in language host where the engine has none of its own. The same call again changes nothing.
 * @returns additions to the environment
 */
export function engineEnvironment(
  engine: Engine,
  options: EnvironmentOptions,
): { PATH: string; PULUMI_SKIP_UPDATE_CHECK: string } {
  const folders = [engine.binDir];
  if (engine.languageHost === 'stand-in') {
    const bin = path.join(path.resolve(options.home), 'bin');
    mkdirSync(bin, { recursive: true });
    const node = options.node ?? process.execPath;
    const host = options.languageHost ?? path.join(packageDir(), 'dist', 'toolchain', 'language-host.js');
    const script = `#!/bin/sh\n${standInMark}\nexec ${quote(node)} ${quote(host)} "$@"\n`;
    writeExecutable(path.join(bin, 'pulumi-language-nodejs'), script);
    if (engine.source === 'built') linkBeside(engine.path, path.join(bin, 'pulumi'));
    folders.unshift(bin);
  }
  const rest = (options.path ?? process.env.PATH ?? '').split(path.delimiter);
  const kept = rest.filter((folder) => folder !== '' && !folders.includes(folder));
  return { PATH: [...folders, ...kept].join(path.delimiter), PULUMI_SKIP_UPDATE_CHECK: '1' };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function writeExecutable(file: string, content: string): void {
  try {
    if (readFileSync(file, 'utf8') === content && (statSync(file).mode & 0o111) !== 0) return;
  } catch {
    // not there yet
  }
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, content);
  chmodSync(fresh, 0o755);
  renameSync(fresh, file);
}

/**
 * Puts the engine beside its language host, by a hard link: the engine warns, on every command, of a language host
 * that is not beside its own executable. Across file systems there is no hard link, and then only the warning.
 */
function linkBeside(engine: string, link: string): void {
  const wanted = statSync(engine);
  const found = statSync(link, { throwIfNoEntry: false });
  if (found?.ino === wanted.ino && found.dev === wanted.dev) return;
  const fresh = `${link}.${process.pid}`;
  try {
    linkSync(engine, fresh);
    renameSync(fresh, link);
  } catch {
    // An older engine must not stay first in PATH.
    rmSync(link, { force: true });
  } finally {
    rmSync(fresh, { force: true });
  }
}
