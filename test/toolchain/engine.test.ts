import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { builtEngineFolder, engineModuleDir } from '../../toolchain/cache';
import { ensureEngine, findEngine } from '../../toolchain/engine';
import { standInMark } from '../../toolchain/inspect-engine';
import { bundleEntry } from '../helpers/bundle';
import { buildOf, fakeGo, fakePulumi, script } from '../helpers/fake-tools';

let folder: string;
let bin: string;
let log: string;
let env: NodeJS.ProcessEnv;
let progress: string[];
const children: ChildProcess[] = [];
const onProgress = (message: string) => progress.push(message);

/** A port of the loopback address on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-engine-'));
  bin = path.join(folder, 'bin');
  log = path.join(folder, 'builds.log');
  mkdirSync(bin);
  progress = [];
  env = {
    PATH: bin,
    HOME: path.join(folder, 'home'),
    CUTOVER_CACHE: path.join(folder, 'cache'),
    CUTOVER_OFFICIAL_HOST: `http://127.0.0.1:${await closedPort()}`,
  };
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const built = () => builtEngineFolder(path.join(folder, 'cache'), engineModuleDir());
const leftovers = () => readdirSync(path.join(folder, 'cache', 'engine')).filter((name) => name.startsWith('.build-'));
const builds = () => readFileSync(log, 'utf8').split('\n').filter(Boolean).length;

describe('finding', () => {
  test('nothing there is nothing found, and nothing is made', async () => {
    fakeGo(bin, log, buildOf('v3.250.0'));
    expect(await findEngine({ env })).toBeUndefined();
    expect(existsSync(log)).toBe(false);
  });

  test('the first engine on PATH that is recent enough is taken', async () => {
    const others = ['v3.100.0', 'v4.0.0', 'nonsense', 'v3.251.0', 'v3.250.0'].map((version, index) => {
      const place = path.join(folder, `path${index}`);
      fakePulumi(place, version);
      return place;
    });
    const engine = await ensureEngine({ env: { ...env, PATH: others.join(':') }, onProgress });
    expect(engine).toMatchObject({ version: '3.251.0', source: 'path', binDir: others[3], languageHost: 'stand-in' });
    expect(progress).toHaveLength(3);
    expect(progress[0]).toContain('v3.100.0');
  });

  test.for([
    ['versions/3.250.0/bin', {}],
    ['bin', {}],
    ['versions/3.250.0/bin', { PULUMI_HOME: 'elsewhere' }],
  ] as const)('the official cache is looked into: %s %o', async ([place, more]) => {
    const home = 'PULUMI_HOME' in more ? path.join(folder, more.PULUMI_HOME) : path.join(folder, 'home', '.pulumi');
    fakePulumi(path.join(home, place), 'v3.250.0');
    const engine = await findEngine({ env: { ...env, ...('PULUMI_HOME' in more ? { PULUMI_HOME: home } : {}) } });
    expect(engine).toMatchObject({ source: 'official-cache', binDir: path.join(home, place) });
  });

  test.for([
    ['beside the engine', 'bin', '# official', 'official'],
    ['alone on PATH', 'alone', '# official', 'official'],
    ['on PATH with another engine', 'old', '# official', 'stand-in'],
    ['our own wrapper', 'bin', standInMark, 'stand-in'],
    ['nowhere', 'nowhere', '# official', 'stand-in'],
  ] as const)('the language host %s', async ([, place, text, expected]) => {
    fakePulumi(bin, 'v3.250.0');
    fakePulumi(path.join(folder, 'old'), 'v3.100.0');
    script(path.join(folder, place), 'pulumi-language-nodejs', text);
    const folders = ['old', 'bin', 'alone'].map((name) => path.join(folder, name));
    const engine = await findEngine({ env: { ...env, PATH: folders.join(':') } });
    expect(engine).toMatchObject({ binDir: bin, languageHost: expected });
  });
});

describe('making', () => {
  test('without network and without Go the error names both, and the ways out', async () => {
    const failure = await ensureEngine({ env, onProgress }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'engine_missing', exitCode: 5 });
    expect(failure.message).toContain(env.CUTOVER_OFFICIAL_HOST);
    expect(failure.message).toContain('ECONNREFUSED');
    expect(failure.message).toMatch(/no `go` on PATH/);
    expect(failure.details.join()).toContain('https://www.pulumi.com/docs/install/');
    expect(failure.details.join()).toContain('https://go.dev/dl/');
  });

  test('a Go that is too old, and a build that fails, are named', async () => {
    fakeGo(bin, log, buildOf('v3.250.0'), 'go1.19.8');
    await expect(ensureEngine({ env, onProgress })).rejects.toThrow(/go1\.19\.8/);
    fakeGo(bin, log, 'echo "no module for you" >&2; exit 1');
    await expect(ensureEngine({ env, onProgress })).rejects.toThrow(/no module for you/);
    fakeGo(bin, log, buildOf('v3.249.0'));
    await expect(ensureEngine({ env, onProgress })).rejects.toThrow(/v3\.249\.0/);
    expect(leftovers()).toEqual([]);
  });

  test('the engine is built once and found afterwards', async () => {
    fakeGo(bin, log, buildOf('v3.250.0'));
    const engine = await ensureEngine({ env, onProgress });
    expect(engine).toEqual({
      path: path.join(built(), 'pulumi'),
      version: '3.250.0',
      source: 'built',
      binDir: built(),
      languageHost: 'stand-in',
    });
    expect(await ensureEngine({ env, onProgress })).toEqual(engine);
    expect(await findEngine({ env })).toEqual(engine);
    expect(builds()).toBe(1);
    expect(progress.join()).toMatch(/building Pulumi 3\.250\.0 from source: 0 s/);
  });

  test('runs that race build once', async () => {
    fakeGo(bin, log, `/bin/sleep 0.5; ${buildOf('v3.250.0')}`);
    const engines = await Promise.all([1, 2, 3].map(() => ensureEngine({ env, onProgress })));
    expect(new Set(engines.map((engine) => engine.path))).toEqual(new Set([path.join(built(), 'pulumi')]));
    expect(builds()).toBe(1);
    expect(progress.join()).toContain('another run is getting');
  });

  test('an engine that is only half there is built anew', async () => {
    mkdirSync(built(), { recursive: true });
    writeFileSync(path.join(built(), 'pulumi'), Buffer.from([0x7f, 0x45, 0x4c, 0x46]), { mode: 0o755 });
    expect(await findEngine({ env })).toBeUndefined();
    fakeGo(bin, log, buildOf('v3.250.0'));
    expect(await ensureEngine({ env, onProgress })).toMatchObject({ source: 'built' });
  });

  test('an abort ends the build', async () => {
    const pidFile = path.join(folder, 'go.pid');
    fakeGo(bin, log, `echo $$ > '${pidFile}.new'; /bin/mv '${pidFile}.new' '${pidFile}'; exec /bin/sleep 600`);
    const abort = new AbortController();
    const failure = ensureEngine({ env, onProgress, signal: abort.signal }).catch((error) => error);
    while (!existsSync(pidFile)) await sleep(10);
    abort.abort(new Error('stopped by the operator'));
    expect(await failure).toMatchObject({ message: 'stopped by the operator' });
    expect(() => process.kill(Number(readFileSync(pidFile, 'utf8')), 0)).toThrow('ESRCH');
    expect(leftovers()).toEqual([]);
  });

  test('after kill -9 in the middle of a build the next run neither waits nor takes what is there', async () => {
    const pidFile = path.join(folder, 'go.pid');
    const half = `printf half > "$out"; /bin/chmod 755 "$out"; echo $$ > '${pidFile}.new'; /bin/mv '${pidFile}.new' '${pidFile}'; exec /bin/sleep 600`;
    fakeGo(bin, log, half);
    const run = spawn(process.execPath, [await bundleEntry('test/fixtures/ensure-engine.ts')], {
      env,
      stdio: 'ignore',
    });
    children.push(run);
    while (!existsSync(pidFile)) await sleep(10);
    run.kill('SIGKILL');
    await new Promise((resolve) => run.once('exit', resolve));
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
    expect(leftovers()).toHaveLength(1);
    expect(await findEngine({ env })).toBeUndefined();
    fakeGo(bin, log, buildOf('v3.250.0'));
    expect(await ensureEngine({ env, onProgress })).toMatchObject({ source: 'built', version: '3.250.0' });
    expect(leftovers()).toEqual([]);
    expect(progress.join()).not.toContain('another run');
  });
});
