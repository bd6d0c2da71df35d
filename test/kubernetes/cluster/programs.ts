import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { goObjection } from '../../../toolchain/build-engine';
import { cacheFolder } from '../../../toolchain/cache';
import { withLock } from '../../../toolchain/lock';
import { runTool } from '../../../toolchain/run-tool';

const buildSeconds = 3_600;
const progressMs = 10_000;
const unfinished = '.build-';
const names = ['cluster', 'pause'];

export interface BuildOptions {
  /** The folder of the Go module. */
  readonly moduleDir: string;
  readonly signal: AbortSignal;
  onProgress(message: string): void;
}

/**
 * Builds the programs of a cluster from source, once: they are kept in the cache by the digest of
 * the module and of how it is built. A build
 * that is broken off leaves a folder that the next one clears away.
 * @returns the folder with `cluster` and `pause`, or why they cannot be built
 * @throws the reason of the signal when it aborts
 */
export async function ensurePrograms(options: BuildOptions): Promise<{ folder: string } | { missing: string }> {
  const parent = path.join(cacheFolder(process.env), 'kubernetes');
  const folder = path.join(parent, await digestBuild(options.moduleDir));
  const isBuilt = () => names.every((name) => existsSync(path.join(folder, name)));
  if (isBuilt()) return { folder };
  const onWait = (seconds: number) => options.onProgress(`another run builds Kubernetes; waiting for it, ${seconds} s`);
  return withLock(path.join(parent, 'lock'), { onWait, signal: options.signal }, async () => {
    if (isBuilt()) return { folder };
    const missing = await build(parent, folder, options);
    return missing ? { missing } : { folder };
  });
}

async function build(parent: string, folder: string, options: BuildOptions): Promise<string | undefined> {
  const { moduleDir, signal } = options;
  const needed = /^go (\S+)$/m.exec(await readFile(path.join(moduleDir, 'go.mod'), 'utf8'))?.[1] ?? '0';
  const go = await runTool('go', ['env', 'GOVERSION'], { env: process.env, timeoutSeconds: 20, signal });
  if (!go.ok) return `Kubernetes is built with Go ${needed} or later, and no \`go\` on PATH runs (${go.failure})`;
  const objection = goObjection(go.stdout.trim(), needed);
  if (objection) return `Kubernetes cannot be built: ${objection}`;
  for (const name of await readdir(parent))
    if (name.startsWith(unfinished)) await rm(path.join(parent, name), { recursive: true, force: true });
  const fresh = await mkdtemp(path.join(parent, unfinished));
  try {
    const failure = await goBuild(fresh, options);
    if (failure) return `Kubernetes could not be built: ${failure}`;
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
    return undefined;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function goBuild(target: string, { moduleDir, signal, onProgress }: BuildOptions): Promise<string> {
  const source = path.join(target, 'source');
  await copySources(moduleDir, source);
  const started = Date.now();
  let modules = 0;
  const report = () => {
    const seconds = Math.round((Date.now() - started) / 1000);
    const phase = modules > 0 ? `${modules} modules downloaded, compiling` : 'compiling';
    onProgress(`building Kubernetes from source: ${seconds} s, ${phase} (about 7 minutes on 2 cores)`);
  };
  report();
  const timer = setInterval(report, progressMs);
  try {
    // Other tests run meanwhile.
    const command = ['-n', '10', 'go', ...(await buildOf(moduleDir)), '-o', `${target}/`, '.', './pause'];
    const result = await runTool('nice', command, {
      cwd: source,
      // Static, so that they run in a container that holds nothing else; and no C compiler is needed.
      env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
      timeoutSeconds: buildSeconds,
      signal,
      onErrorLine: (line) => {
        if (line.startsWith('go: downloading ')) modules += 1;
      },
    });
    await rm(source, { recursive: true });
    return result.ok ? '' : result.failure.split('\n')[0]!;
  } finally {
    clearInterval(timer);
  }
}

/** The build's command without its target. Programs built so say of themselves which version of Kubernetes they are. */
async function buildOf(moduleDir: string): Promise<string[]> {
  const modules = await readFile(path.join(moduleDir, 'go.mod'), 'utf8');
  const [, version, major, minor] = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)$/m.exec(modules)!;
  const said = { gitVersion: version, gitMajor: major, gitMinor: minor, buildDate: '1970-01-01T00:00:00Z' };
  const flags = Object.entries(said).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['build', '-trimpath', '-ldflags', ['-s -w', ...flags].join(' ')];
}

/** Sources in the order of their names: go.mod, go.sum and every Go file. */
async function sourcesOf(moduleDir: string): Promise<string[]> {
  const files = await readdir(moduleDir, { recursive: true });
  return files.filter((file) => /(\.go|^go\.(mod|sum))$/.test(file)).sort();
}

async function copySources(moduleDir: string, target: string): Promise<void> {
  for (const file of await sourcesOf(moduleDir)) {
    await mkdir(path.dirname(path.join(target, file)), { recursive: true });
    await copyFile(path.join(moduleDir, file), path.join(target, file));
  }
}

async function digestBuild(moduleDir: string): Promise<string> {
  const hash = createHash('sha256').update((await buildOf(moduleDir)).join('\0'));
  for (const file of await sourcesOf(moduleDir)) {
    const bytes = await readFile(path.join(moduleDir, file));
    hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 12);
}
