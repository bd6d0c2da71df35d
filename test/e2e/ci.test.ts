import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeKeys } from '../../scripts/shared/make-keys';
import { stackFiles } from '../../scripts/shared/stack-files';
import { script } from '../helpers/fake-tools';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';

// The steps of the workflows with the real engine: previewed and told, merged elsewhere, applied here, watched, measured.
// Each on its own is in test/ci/scripts.test.ts.
const root = path.resolve(__dirname, '..', '..');
const scratch = mkdtempSync(path.join(tmpdir(), 'cutover-ci-'));
const origin = path.join(scratch, 'origin.git');
let project: TestProject;
let key: string;

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
  const files = stackFiles(project.place);
  const account = { venue: 'simulated', id: 'simulated-1' };
  makeKeys(files, { stack: 'main', account, passphrase: 'correct horse', drill: false, now: Date.now() - 1_000 });
  key = readFileSync(files.measureKey, 'utf8');
  rmSync(files.measureKey);
  project.git('add', '--all');
  project.git('commit', '--quiet', '--message', 'Pin the trust root');
  execFileSync('git', ['clone', '--quiet', '--bare', project.dir, origin]);
  project.git('remote', 'add', 'origin', origin);
  const node = path.join(root, 'node_modules', '.bin', 'node');
  script(scratch, 'npx', `[ "$1" = cutover ] || exit 64\nshift\nexec '${node}' bin/cutover.js "$@"`);
});
afterAll(async () => {
  await project?.destroy();
  rmSync(scratch, { recursive: true, force: true });
});

async function step(name: string, env: Record<string, string> = {}) {
  const { CUTOVER_HOME: _, PATH = '', ...own } = process.env;
  const { exitCode, stdout, stderr } = await execa(path.join(project.dir, '.ci', name), {
    env: { ...own, PATH: `${scratch}:${PATH}`, ...env },
    extendEnv: false,
    reject: false,
  });
  return { exitCode, stdout, told: `${stdout}\n${stderr}` };
}

it('takes a change from its preview to what runs, and sees what is not as it was merged', async () => {
  const before = project.git('rev-parse', 'HEAD').trim();
  project.configure('Stricter', (config) => set(config, 'confidenceThreshold', 0.7));
  const change = project.git('rev-parse', 'HEAD').trim();
  const PREVIEW = path.join(scratch, 'preview.json');
  const previewed = await step('preview', { PREVIEW });
  expect(previewed.exitCode, previewed.told).toBe(0);
  const told = await step('record', { PREVIEW, BASE: before, HEAD: change });
  expect(told.exitCode, told.told).toBe(0);
  expect(told.stdout).toContain('| ▼ fall | `confidenceThreshold` | `0.55` | `0.7` |');
  expect(told.stdout).toContain('Where the preview ran nothing of this stack is deployed');
  expect(told.stdout).not.toContain('Drift:');

  project.git('push', '--quiet', 'origin', `${change}:main`);
  project.git('reset', '--quiet', '--hard', before);
  const up = await step('up', { COMMIT: change });
  expect(up.exitCode, up.told).toBe(0);
  expect((await project.get('backend', '/health')).config.confidenceThreshold).toBe(0.7);
  const same = await step('drift');
  expect(same.exitCode, same.told).toBe(0);

  const measured = await step('measure', { CUTOVER_MEASURE_KEY: key, PROOFS: 'preflight' });
  expect(measured.exitCode, measured.told).toBe(0);
  expect(readdirSync(stackFiles(project.place).evidence)).toEqual([expect.stringMatching(/^preflight-/)]);
  // It is nowhere but where it was given.
  const [, secret = ''] = key.trim().split('\n');
  expect(measured.told).not.toContain(secret);
  expect(
    await execa('grep', ['-rlF', secret, project.dir, '--exclude-dir=node_modules'], { reject: false }),
  ).toMatchObject({
    stdout: '',
  });

  await project.operations.stop('model-service');
  const drifted = await step('drift');
  expect(drifted).toMatchObject({ exitCode: 4, told: expect.stringContaining('model-service is') });
});
