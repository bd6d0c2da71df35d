import path from 'node:path';
import { CutoverError, exitCodes, messageOf } from '../errors';
import { buildEngine } from './build-engine';
import { cacheFolder, engineVersion } from './cache';
import { downloadEngine } from './download-engine';
import { ownFolders, searchEngine } from './find-engine';
import { type Engine, inspectEngine, isExecutable } from './inspect-engine';
import { withLock } from './lock';
import type { Work } from './work';

export type { Engine } from './inspect-engine';

export interface FindOptions {
  /** The folder for what can be made again; the one that `cacheFolder` names unless given. */
  readonly cacheDir?: string | undefined;
  /** The environment that says where to look; this process's unless given. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EnsureOptions extends FindOptions {
  /** Is told what goes on, a line at a time, at least every five seconds while something takes long. */
  onProgress(message: string): void;
}

/** Looks for an engine that is there already; never downloads or builds. */
export async function findEngine(options: FindOptions = {}): Promise<Engine | undefined> {
  return (await searchEngine(searchOf(options))).engine;
}

/**
 * Finds an engine, else downloads the official one, else builds it from source.
 * @throws CutoverError `engine_missing` (exit code 5) that says what was tried and why each way failed
 * @throws the reason of `signal` when it aborts
 */
export async function ensureEngine(options: EnsureOptions): Promise<Engine> {
  const work: Work = { ...searchOf(options), onProgress: options.onProgress };
  const { engine, reasons } = await searchEngine(work);
  for (const reason of reasons) work.onProgress(reason);
  if (engine) return engine;
  try {
    const made = await withLock(
      path.join(work.cacheDir, 'engine.lock'),
      {
        signal: work.signal,
        onWait: (seconds) => work.onProgress(`another run is getting the Pulumi engine; waiting for it, ${seconds} s`),
      },
      () => makeEngine(work, reasons),
    );
    if (made) return made;
  } catch (error) {
    work.signal?.throwIfAborted();
    reasons.push(`the cache ${work.cacheDir} cannot be used: ${messageOf(error)}`);
  }
  throw new CutoverError(
    'engine_missing',
    `There is no Pulumi engine ${engineVersion} or later, and none could be got:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`,
    {
      exitCode: exitCodes.missing,
      details: [
        'Install Pulumi: https://www.pulumi.com/docs/install/, and see that the folder of `pulumi` is in PATH.',
        'Or install Go 1.26 or later from https://go.dev/dl/, see that `go` is in PATH, and run the command again: the engine is then built once, in some minutes.',
        'Or allow the network to https://get.pulumi.com (the official download) or to the Go module proxy (the build).',
      ],
    },
  );
}

async function makeEngine(work: Work, reasons: string[]): Promise<Engine | undefined> {
  // Another run may have made one while this one waited.
  for (const [folder, source] of ownFolders(work.cacheDir)) {
    if (!isExecutable(path.join(folder, 'pulumi'))) continue;
    const found = await inspectEngine(folder, source, work.env, work.signal);
    if (typeof found !== 'string') return found;
  }
  for (const way of [downloadEngine, buildEngine]) {
    const made = await way(work);
    if (typeof made !== 'string') return made;
    work.onProgress(made);
    reasons.push(made);
  }
  return undefined;
}

function searchOf(options: FindOptions) {
  const env = options.env ?? process.env;
  return { env, cacheDir: options.cacheDir ?? cacheFolder(env), signal: options.signal };
}
