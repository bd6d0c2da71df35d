import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = path.resolve(__dirname, '..', '..');
let folder: string;

/** Writes a file into the copy of the package. */
function write(name: string, content: string): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** Makes the running Node.js look like an older one, before the launcher is read. */
function pretend(version: string): string[] {
  const file = path.join(folder, 'pretend.js');
  writeFileSync(
    file,
    `if (!process.env.PRETENDED) {
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });
  process.env.PRETENDED = '1';
}`,
  );
  return ['--require', file];
}

const launcher = () => path.join(folder, 'bin', 'cutover.js');
const run = (args: string[], before: string[] = []) =>
  spawnSync(process.execPath, [...before, launcher(), ...args], { encoding: 'utf8' });

const echo = (label: string) =>
  `exports.main = async (argv) => { console.log(JSON.stringify(['${label}', ...argv])); return Number(argv[0]); };`;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-launcher-'));
  mkdirSync(path.join(folder, 'bin'));
  cpSync(path.join(root, 'bin', 'cutover.js'), launcher());
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('hands arguments over and passes the exit code on', () => {
  write('dist/scripts/cutover.js', echo('shipped'));
  const { status, stdout, stderr } = run(['3', '--json']);
  expect({ status, out: JSON.parse(stdout), stderr }).toEqual({
    status: 3,
    out: ['shipped', '3', '--json'],
    stderr: '',
  });
});

test('an unexpected error ends with exit code 1', () => {
  write('dist/scripts/cutover.js', `exports.main = async () => { throw new Error('unforeseen'); };`);
  const { status, stderr } = run([]);
  expect(status).toBe(1);
  expect(stderr).toContain('unforeseen');
});

test('without dist/ and without sources it says so', () => {
  const { status, stderr } = run([]);
  expect(status).toBe(5);
  expect(stderr).toContain(path.join(folder, 'dist'));
});

test('an older Node.js hands over to the one of the project, exit code and signal included', async () => {
  write('dist/scripts/cutover.js', echo('handed over'));
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(path.join(root, 'node_modules', 'node'), path.join(folder, 'node_modules', 'node'));
  const { status, stdout } = run(['4'], pretend('12.22.0'));
  expect({ status, out: JSON.parse(stdout) }).toEqual({ status: 4, out: ['handed over', '4'] });

  write(
    'dist/scripts/cutover.js',
    `exports.main = () => new Promise((resolve) => {
      const alive = setInterval(() => {}, 1000);
      process.on('SIGTERM', () => { clearInterval(alive); resolve(7); });
      console.log('ready');
    });`,
  );
  const child = spawn(process.execPath, [...pretend('12.22.0'), launcher()], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGTERM');
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(7);
});

test('an older Node.js without the one of the project gets a clear message', () => {
  const { status, stderr } = run([], pretend('18.1.0'));
  expect(status).toBe(5);
  expect(stderr).toContain('npm install');
});

test('a dist/ that is missing or stale is built first, with standard output left alone', () => {
  cpSync(path.join(root, 'toolchain', 'sources.mts'), path.join(folder, 'toolchain', 'sources.mts'));
  write(
    'toolchain/build.mts',
    `import { mkdirSync, writeFileSync } from 'node:fs';
import { digestSources } from './sources.mts';
console.log('building');
mkdirSync('dist/scripts', { recursive: true });
writeFileSync('dist/scripts/cutover.js', ${JSON.stringify(echo('built'))});
writeFileSync('dist/stamp.json', JSON.stringify({ sources: digestSources('.') }));
`,
  );
  for (const reason of ['missing', 'older']) {
    const { status, stdout, stderr } = run(['0']);
    expect({ status, out: JSON.parse(stdout) }).toEqual({ status: 0, out: ['built', '0'] });
    expect(stderr).toContain(reason);
    expect(run(['0']).stderr).toBe('');
    write('posture/changed.ts', 'export {};');
  }
});

test('the launcher keeps to what Node.js 12 can read', () => {
  const text = readFileSync(launcher(), 'utf8');
  // Optional chaining, nullish coalescing, prefixed imports, private fields, top-level await, logical assignment.
  expect(text).not.toMatch(/\?\.[a-z([]|\?\?|require\('node:|#[a-z]+\(|^await |\|\|=|&&=/m);
});
