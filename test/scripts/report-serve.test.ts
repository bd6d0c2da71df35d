import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataDir } from '../../platforms/process/home';
import { report } from '../../scripts/report';
import { readScreen } from '../../scripts/shared/screen';
import { bundleEntry } from '../helpers/bundle';
import { pageScript } from '../helpers/page-script';
import { makeSmallProject, type SmallProject } from '../helpers/small-project';

const root = path.resolve(__dirname, '..', '..');
const node = path.join(root, 'node_modules', '.bin', 'node');
let project: SmallProject;
/** A package as it is built, of which only what this verb needs is there. */
let built: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  project = await makeSmallProject();
  built = mkdtempSync(path.join(tmpdir(), 'cutover-built-'));
  const page = path.join(built, 'dist', 'report', 'live', 'browser');
  mkdirSync(page, { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(built, 'node_modules'));
  writeFileSync(path.join(built, 'package.json'), '{"name":"cutover"}');
  cpSync(await bundleEntry('scripts/cutover.ts'), path.join(built, 'dist', 'cutover.js'));
  writeFileSync(path.join(page, 'main.js'), await pageScript());
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  project.destroy();
  rmSync(built, { recursive: true, force: true });
});

function start(...args: string[]) {
  const main = path.join(built, 'main.js');
  writeFileSync(main, "require('./dist/cutover.js').main(process.argv.slice(2)).then((code) => process.exit(code));\n");
  const { CUTOVER_HOME: _, ...env } = process.env;
  const child = spawn(node, [main, 'report', ...args], { cwd: project.dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (output.stdout += chunk));
  child.stderr.on('data', (chunk) => (output.stderr += chunk));
  return { child, output, ended: once(child, 'close').then(([exitCode]) => exitCode as number) };
}

it('serves until Ctrl-C, halts by the button, and says so at the end', async () => {
  const { child, output, ended } = start('--serve', '--port', '0', '--json');
  const found = () => /http:\/\/127\.0\.0\.1:\d+\//.exec(output.stderr)?.[0];
  await expect.poll(found, { timeout: 20_000 }).toBeTruthy();
  const url = found()!;
  const page = await (await fetch(url)).text();
  expect(page).toContain('Stack main, live');
  const token = /name="cutover-token" content="([^"]+)"/.exec(page)![1]!;
  const halted = await fetch(`${url}halt`, {
    method: 'POST',
    headers: { origin: url.slice(0, -1), 'content-type': 'application/json', 'x-cutover-token': token },
    body: JSON.stringify({ reason: 'spread looks wrong' }),
  });
  expect(await halted.json()).toMatchObject({ halted: true, reason: 'spread looks wrong' });
  const latch = path.join(dataDir(project.place, 'gateway'), 'halt.json');
  expect(JSON.parse(readFileSync(latch, 'utf8'))).toMatchObject({ reason: 'spread looks wrong' });
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(JSON.parse(output.stdout)).toEqual({ stack: 'main', url, seconds: expect.any(Number), halts: 1 });
  expect(output.stdout + output.stderr).not.toContain(token);
  expect(existsSync(path.join(project.dir, 'cutover-report-main.html'))).toBe(false);
  await expect(fetch(url)).rejects.toThrow();
});

it.each<[string, Record<string, unknown>, string?]>([
  ['invalid_option', { serve: true, port: 'http' }],
  ['invalid_option', { serve: true, port: '70000' }],
  ['invalid_option', { serve: true, port: '' }],
  ['invalid_option', { port: '8040' }],
  ['invalid_option', { serve: true, out: 'page.html' }],
  ['unknown_stack', { serve: true }, 'other'],
])('does not begin, with %s, for %j', async (code, options, stack = 'main') => {
  const configFile = path.join(project.dir, 'stacks', `Pulumi.${stack}.yaml`);
  const context = {
    ...project.place,
    stack,
    configFile,
    json: false,
    yes: false,
    screen: readScreen({}),
    progress: () => {},
  };
  await expect(report.run(context, options)).rejects.toMatchObject({ code, exitCode: 2 });
});

it('says that its script was not built', async () => {
  rmSync(path.join(built, 'dist', 'report'), { recursive: true });
  const { output, ended } = start('--serve', '--port', '0', '--json');
  expect([await ended, JSON.parse(output.stdout).error.code]).toEqual([5, 'not_built']);
});
