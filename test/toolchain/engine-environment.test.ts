import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { engineEnvironment } from '../../toolchain/engine-environment';
import type { Engine } from '../../toolchain/inspect-engine';
import { fakePulumi } from '../helpers/fake-tools';

let folder: string;
let home: string;
let engine: Engine;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-environment-'));
  home = path.join(folder, "it's home");
  const binDir = path.join(folder, 'engine');
  const file = fakePulumi(binDir, 'v3.250.0');
  engine = { path: file, version: '3.250.0', source: 'built', binDir, languageHost: 'stand-in' };
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the wrapper starts the language host with the node that was named', () => {
  const languageHost = path.join(folder, 'a host.js');
  writeFileSync(languageHost, 'console.log(JSON.stringify([process.execPath, ...process.argv.slice(2)]))');
  const env = engineEnvironment(engine, { home, languageHost, path: '/usr/bin:/bin' });
  expect(env).toEqual({
    PATH: [path.join(home, 'bin'), engine.binDir, '/usr/bin', '/bin'].join(':'),
    PULUMI_SKIP_UPDATE_CHECK: '1',
  });
  const output = execFileSync('pulumi-language-nodejs', ['-v', '127.0.0.1:1'], { env, encoding: 'utf8' });
  expect(JSON.parse(output)).toEqual([process.execPath, '-v', '127.0.0.1:1']);
});

test('the engine lies beside its language host, and follows a new build', () => {
  engineEnvironment(engine, { home });
  const link = path.join(home, 'bin', 'pulumi');
  expect(statSync(link).ino).toBe(statSync(engine.path).ino);
  rmSync(engine.path);
  fakePulumi(engine.binDir, 'v3.251.0');
  engineEnvironment(engine, { home });
  expect(statSync(link).ino).toBe(statSync(engine.path).ino);
  expect(readFileSync(link, 'utf8')).toContain('3.251.0');
});

test('the same call again writes nothing', () => {
  const first = engineEnvironment(engine, { home });
  const files = ['pulumi', 'pulumi-language-nodejs'].map((name) => path.join(home, 'bin', name));
  const before = files.map((file) => statSync(file));
  expect(engineEnvironment(engine, { home, path: first.PATH })).toEqual(first);
  expect(files.map((file) => statSync(file).ctimeMs)).toEqual(before.map((stat) => stat.ctimeMs));
});

test('an engine with a language host of its own gets no wrapper', () => {
  const env = engineEnvironment({ ...engine, languageHost: 'official' }, { home, path: '/bin' });
  expect(env.PATH).toBe(`${engine.binDir}:/bin`);
  expect(existsSync(home)).toBe(false);
});
