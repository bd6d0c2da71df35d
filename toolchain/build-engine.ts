import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { builtEngineFolder, engineModuleDir, engineVersion } from './cache';
import { type Engine, inspectEngine } from './inspect-engine';
import { runTool } from './run-tool';
import type { Work } from './work';

const buildSeconds = 3_600;
const progressMs = 5_000;
const unfinished = '.build-';

/** Whether Go `found` (such as `go1.26.8`) can build a module that asks for Go `needed` (such as `1.26`). */
export function goObjection(found: string, needed: string): string | undefined {
  const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(found)?.slice(1) ?? []).map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed.split('.').map(Number);
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return undefined;
  return `Go ${needed} or later is needed, and \`go\` on PATH is ${found || 'of an unknown version'}`;
}

/**
 * Builds the engine from the Go module in toolchain/engine, which takes some minutes. Only call it under the lock.
 * The finished file is moved into its place in one step; a build that is broken off leaves a folder that the next one
 * clears away.
 * @returns the engine, or why there is none
 */
export async function buildEngine(work: Work): Promise<Engine | string> {
  const moduleDir = engineModuleDir();
  const needed = /^go (\S+)$/m.exec(await readFile(path.join(moduleDir, 'go.mod'), 'utf8'))?.[1] ?? '0';
  const go = await runTool('go', ['env', 'GOVERSION'], { env: work.env, timeoutSeconds: 20, signal: work.signal });
  if (!go.ok) return `a build from source needs Go ${needed} or later, and no \`go\` on PATH runs (${go.failure})`;
  const objection = goObjection(go.stdout.trim(), needed);
  if (objection) return `a build from source is not possible: ${objection}`;

  const parent = path.join(work.cacheDir, 'engine');
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent))
    if (name.startsWith(unfinished)) await rm(path.join(parent, name), { recursive: true, force: true });
  const fresh = await mkdtemp(path.join(parent, unfinished));
  try {
    for (const name of ['go.mod', 'go.sum']) await copyFile(path.join(moduleDir, name), path.join(fresh, name));
    const failure = await goBuild(fresh, work);
    if (failure) return `the build from source failed: ${failure}`;
    const found = await inspectEngine(fresh, 'built', work.env, work.signal);
    if (typeof found === 'string') return `the build from source is of no use: ${found}`;
    if (found.version !== engineVersion)
      return `the build from source gave version ${found.version} instead of ${engineVersion}`;
    const target = builtEngineFolder(work.cacheDir, moduleDir);
    await mkdir(target, { recursive: true });
    await rename(path.join(fresh, 'pulumi'), path.join(target, 'pulumi'));
    return { ...found, binDir: target, path: path.join(target, 'pulumi') };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function goBuild(folder: string, work: Work): Promise<string> {
  const started = Date.now();
  let modules = 0;
  const report = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const phase = modules > 0 ? `${modules} modules downloaded, compiling` : 'compiling';
    work.onProgress(
      `building Pulumi ${engineVersion} from source: ${seconds} s, ${phase} (about 3 minutes on 2 cores)`,
    );
  };
  report();
  const timer = setInterval(report, progressMs);
  try {
    const version = `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${engineVersion}`;
    const result = await runTool(
      'go',
      [
        'build',
        '-trimpath',
        '-ldflags',
        `-s -w -X ${version}`,
        '-o',
        path.join(folder, 'pulumi'),
        'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
      ],
      {
        cwd: folder,
        env: { ...work.env, GOWORK: 'off' }, // a workspace above the cache is none of this module's business
        timeoutSeconds: buildSeconds,
        signal: work.signal,
        onErrorLine: (line) => {
          if (line.startsWith('go: downloading ')) modules += 1;
        },
      },
    );
    return result.ok ? '' : result.failure;
  } finally {
    clearInterval(timer);
  }
}
