import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureEngine } from '../../toolchain/engine';
import { engineEnvironment } from '../../toolchain/engine-environment';
import { bundleEntry } from '../helpers/bundle';

const root = path.resolve(__dirname, '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'cutover-language-host-'));
const project = path.join(folder, 'project');
let env: NodeJS.ProcessEnv;
const started: ChildProcess[] = [];

function write(name: string, content: string): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** Runs `pulumi` in the project. */
function pulumi(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile('pulumi', [...args, '--non-interactive', '--color', 'never'], { cwd: project, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, output: out + err }),
    );
  });
}

/** The running processes, a line each: PID, parent's PID, command line. */
async function processes(): Promise<string[]> {
  return new Promise((resolve) => {
    execFile('ps', ['-eww', '-o', 'pid=,ppid=,args='], (_error, out) =>
      resolve(out.split('\n').map((line) => line.trim().replace(/\s+/g, ' '))),
    );
  });
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}

beforeAll(async () => {
  const engine = await ensureEngine({ onProgress: (message) => console.error(message) });
  const additions = engineEnvironment(
    { ...engine, languageHost: 'stand-in' },
    { home: folder, languageHost: await bundleEntry('toolchain/language-host.ts') },
  );
  env = {
    ...process.env,
    ...additions,
    PULUMI_HOME: path.join(folder, 'home'),
    PULUMI_BACKEND_URL: `file://${path.join(folder, 'state')}`,
    PULUMI_CONFIG_PASSPHRASE: 'test',
    PROBE_FOLDER: folder,
  };
  mkdirSync(path.join(folder, 'state'), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  write(
    'project/Pulumi.yaml',
    `name: probe
runtime: {name: nodejs, options: {typescript: true}}
plugins: {providers: [{name: probe, path: ../provider}]}
`,
  );
  write('project/package.json', '{"name": "probe", "version": "1.0.0", "main": "index.ts"}');
  write('project/tsconfig.json', '{"compilerOptions": {"module": "nodenext", "strict": true}}');
  write('project/Pulumi.main.yaml', 'config:\n  probe:size: "3"\n');
  write(
    'project/index.ts',
    `import * as pulumi from '@pulumi/pulumi';
class Thing extends pulumi.CustomResource {
  declare readonly doubled: pulumi.Output<number>;
  constructor(name: string, size: number) {
    super('probe:index:Thing', name, { size, doubled: undefined });
  }
}
const config = new pulumi.Config();
if (config.get('crash')) throw new Error('the program was told to crash');
if (config.get('hang')) setInterval(() => {}, 1000);
const size: number = config.requireNumber('size');
export const doubled = new Thing('thing', size).doubled;
export const dryRun = pulumi.runtime.isDryRun();
export const where = pulumi.getProject() + '/' + pulumi.getStack() + '/' + pulumi.getOrganization();
`,
  );
  write('provider/PulumiPlugin.yaml', 'runtime: nodejs\n');
  write('provider/package.json', '{"name": "probe-provider", "version": "1.0.0", "main": "index.js"}');
  write(
    'provider/index.js',
    `const { main } = require('@pulumi/pulumi/provider');
main({
  version: '1.0.0',
  check: async (urn, olds, news) => ({ inputs: { ...news, checked: true } }),
  create: async (urn, inputs) => ({ id: 'one', outs: { ...inputs, doubled: inputs.size * 2 } }),
  diff: async () => ({ changes: false }),
  delete: async () => {},
}, process.argv.slice(2));
`,
  );
  write('pack/PulumiPolicy.yaml', 'runtime: nodejs\n');
  write('pack/package.json', '{"name": "probe-pack", "version": "1.0.0", "main": "index.js"}');
  write(
    'pack/index.js',
    `const fs = require('fs');
const path = require('path');
const pulumi = require('@pulumi/pulumi');
const { PolicyPack } = require('@pulumi/policy');
const seen = path.join(process.env.PROBE_FOLDER, 'seen.json');
new PolicyPack('probe', {
  policies: [{
    name: 'no-large-things',
    description: 'Things are small.',
    enforcementLevel: 'mandatory',
    validateResource: (args, report) => {
      if (args.type !== 'probe:index:Thing') return;
      fs.writeFileSync(seen, JSON.stringify({
        config: new pulumi.Config('probe').get('size'), project: pulumi.getProject(), stack: pulumi.getStack(),
        organization: pulumi.getOrganization(), dryRun: pulumi.runtime.isDryRun(), cwd: process.cwd(),
        checked: args.props.checked,
      }));
      if (args.props.size > 5) report('size ' + args.props.size + ' is too large');
    },
  }],
});
`,
  );
  const init = await pulumi('stack', 'init', 'main');
  expect(init.output).toContain("Created stack 'main'");
});

afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const withPack = ['--policy-pack', '../pack'];
const seen = () => JSON.parse(readFileSync(path.join(folder, 'seen.json'), 'utf8'));

test('a TypeScript program runs, with the provider found by path', async () => {
  const up = await pulumi('up', '--yes', '--stack', 'main', ...withPack);
  expect(up.code, up.output).toBe(0);
  expect(up.output).not.toContain('from $PATH');
  const outputs = await pulumi('stack', 'output', '--json', '--stack', 'main');
  expect(JSON.parse(outputs.output)).toEqual({ doubled: 6, dryRun: false, where: 'probe/main/organization' });
});

test('a policy pack runs in its own folder and sees the configuration of the stack', async () => {
  const preview = await pulumi('preview', '--stack', 'main', ...withPack);
  expect(preview.code, preview.output).toBe(0);
  expect(seen()).toEqual({
    config: '3',
    project: 'probe',
    stack: 'main',
    organization: 'organization',
    dryRun: true,
    cwd: path.join(folder, 'pack'),
    checked: true,
  });
});

test('a mandatory resource policy refuses before anything changes', async () => {
  const up = await pulumi('up', '--yes', '--skip-preview', '--stack', 'main', '--config', 'probe:size=9', ...withPack);
  expect(up.code).not.toBe(0);
  expect(up.output).toContain('size 9 is too large');
  expect(seen()).toMatchObject({ config: '9', dryRun: false });
  const outputs = await pulumi('stack', 'output', '--json', '--stack', 'main');
  expect(JSON.parse(outputs.output)).toMatchObject({ doubled: 6 });
  await pulumi('config', 'set', 'probe:size', '3', '--stack', 'main');
});

test('a program that crashes is reported once, by its own message', async () => {
  const preview = await pulumi('preview', '--stack', 'main', '--config', 'probe:crash=yes');
  await pulumi('config', 'rm', 'probe:crash', '--stack', 'main');
  expect(preview.code).not.toBe(0);
  expect(preview.output).toContain('the program was told to crash');
  expect(preview.output).not.toContain('non-zero exit code');
});

test('pulumi about tells the dependencies and the Node.js that runs programs', async () => {
  const about = await pulumi('about', '--stack', 'main');
  expect(about.output).toContain(process.version);
});

test('an engine that is killed leaves no language host, program, pack or provider', async () => {
  await pulumi('config', 'set', 'probe:hang', 'yes', '--stack', 'main');
  const engine = spawn('pulumi', ['preview', '--stack', 'main', '--non-interactive', ...withPack], {
    cwd: project,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(engine);
  let output = '';
  for (const stream of [engine.stdout, engine.stderr])
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  const boots = ['cmd/run/', 'cmd/run-policy-pack/', 'cmd/run-plugin/'];
  const booted = (lines: string[], boot: string) => lines.filter((l) => l.includes(boot) && l.includes(folder));
  let host: string | undefined;
  await until(async () => {
    expect(engine.exitCode, output).toBeNull();
    const lines = await processes();
    host = lines.find((line) => line.split(' ')[1] === String(engine.pid))?.split(' ')[0];
    return host !== undefined && boots.every((boot) => booted(lines, boot).length > 0);
  });
  engine.kill('SIGKILL');
  await until(async () => {
    const lines = await processes();
    const hostRuns = lines.some((line) => line.split(' ')[0] === host);
    return !hostRuns && boots.every((boot) => booted(lines, boot).length === 0);
  });
});
