import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestBytes } from '../../posture/digest';
import { openEngine } from '../../scripts/shared/engine-session';
import { freePort } from '../helpers/free-port';
import { prepareEngine } from '../helpers/project';

// The packs as somebody else has them: from the tarball of `npm pack`, in the node_modules of another project, with plain
// `pulumi --policy-pack`.
const root = path.resolve(__dirname, '..', '..');
const dir = mkdtempSync(path.join(tmpdir(), 'cutover-packed-'));
const project = {
  stack: 'dev',
  projectDir: dir,
  home: path.join(dir, '.cutover'),
  configFile: path.join(dir, 'Pulumi.dev.yaml'),
};
const packs = ['live-promotion', 'workload-safety'].flatMap((name) => [
  '--policy-pack',
  path.join('node_modules', 'cutover', 'policies', name),
]);
let environment: Readonly<Record<string, string>>;

/** Puts the tarball into node_modules as npm does, beside the packages that it depends on. */
function installTarball(): void {
  const modules = path.join(dir, 'node_modules');
  mkdirSync(path.join(modules, 'cutover'), { recursive: true });
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', dir];
  const [tarball] = execFileSync('npm', args, { cwd: root, encoding: 'utf8' }).trim().split('\n').slice(-1);
  execFileSync('tar', [
    '-xzf',
    path.join(dir, tarball!),
    '--strip-components',
    '1',
    '-C',
    path.join(modules, 'cutover'),
  ]);
  for (const name of readdirSync(path.join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name));
  }
}

beforeAll(async () => {
  await prepareEngine();
  installTarball();
  const plugin = 'plugins: {providers: [{name: cutover, path: ./node_modules/cutover/provider}]}';
  writeFileSync(
    path.join(dir, 'Pulumi.yaml'),
    `name: other\nruntime: {name: nodejs, options: {typescript: false}}\n${plugin}\n`,
  );
  writeFileSync(path.join(dir, 'package.json'), '{"name": "other", "main": "program.js"}');
  const inputs = {
    home: project.home,
    stack: 'dev',
    workload: 'backend',
    command: ['node', 'backend.js'],
    cwd: dir,
    host: '127.0.0.1',
    port: await freePort(),
    environment: { DATA_DIR: path.join(dir, 'data') },
    secrets: [],
    source: digestBytes('backend'),
  };
  const program = `
const pulumi = require('@pulumi/pulumi');
const inputs = ${JSON.stringify(inputs)};
inputs.environment.TRADING_MODE = new pulumi.Config().require('mode');
inputs.environment.DB_PASSWORD = 'hunter2';
new pulumi.CustomResource('cutover:index:Process', 'backend', inputs);
`;
  writeFileSync(path.join(dir, 'program.js'), program);
  ({ environment } = await openEngine(project, () => {}));
  await execa('pulumi', ['stack', 'init', 'dev', '--non-interactive'], { cwd: dir, env: environment });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const preview = async (mode: string) => {
  writeFileSync(project.configFile, `config: {other:mode: ${mode}}\n`);
  const args = ['preview', '--stack', 'dev', '--non-interactive', '--color', 'never', ...packs];
  return execa('pulumi', args, { cwd: dir, env: environment, reject: false });
};

describe('the packs from the tarball', { timeout: 600_000 }, () => {
  it('let paper pass, and advise', async () => {
    const { exitCode, stdout, stderr } = await preview('paper');
    expect(exitCode, stdout + stderr).toBe(0);
    expect(stdout).toContain('advise-in-paper');
    expect(stdout).toContain('DB_PASSWORD holds a secret in plain text');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('refuse live', async () => {
    const { exitCode, stdout } = await preview('live');
    expect(exitCode).not.toBe(0);
    for (const policy of ['refuse-live-workload', 'keep-secrets-out', 'run-one-gateway-and-guardian'])
      expect(stdout).toContain(policy);
  });
});
