import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeProject, prepareEngine, type Ran, set, type TestProject } from '../helpers/project';
import { workloadProcesses } from '../helpers/running-verb';

/** `cutover rollback` halts first, then reverts the last change of the config alone. One story on one project. */

let project: TestProject;
const config = path.join('stacks', 'Pulumi.main.yaml');

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
});

beforeEach(async () => {
  const up = await project.cutover('up');
  expect(up.exitCode, up.stderr).toBe(0);
  expect(traders()).toHaveLength(2);
});

afterAll(() => project?.destroy());

const traders = () => workloadProcesses(project).filter(({ workload }) => workload === 'orchestrator');
const head = () => project.git('rev-parse', 'HEAD').trim();
const filesOf = (commit: string) => project.git('show', '--name-only', '--format=', commit).trim().split('\n');

/** Refused or misused: nothing was reverted, and the stack stays halted. */
async function expectHaltedOnly(run: Ran, exitCode: number, code: string, before: string): Promise<void> {
  expect(run.exitCode, run.stderr).toBe(exitCode);
  expect(run.json.error.code).toBe(code);
  expect(run.json.error.details.length).toBeGreaterThan(0);
  expect(head()).toBe(before);
  expect(traders()).toEqual([]);
  expect((await project.get('gateway', '/health')).halt.reason).toMatch(/^rollback: /);
}

test('with only a first commit there is nothing to go back to', async () => {
  const before = head();
  await expectHaltedOnly(await project.cutover('rollback', '--reason', 'try'), 2, 'no_config_change', before);
});

test('33: a live config that was deployed without the pack: halted, reverted, paper again, verified', async () => {
  const files = project.git('ls-files', '-s');
  project.configure('Go live', (document) => set(document, 'tradingMode', 'live'));
  const wrong = head();
  const live = await project.pulumi('up', '--stack', 'main', '--yes', '--skip-preview', '--non-interactive');
  expect(live.exitCode, live.stdout + live.stderr).toBe(0);
  expect((await project.get('backend', '/health')).tradingMode).toBe('live');

  const rollback = await project.cutover('rollback', '--reason', 'not proved');
  expect(rollback.exitCode, rollback.stderr).toBe(0);
  expect(rollback.json).toMatchObject({ reverted: wrong, commit: head(), tradingMode: 'paper', differences: [] });
  expect(rollback.json.halt).toMatchObject({ halted: true, problems: [] });
  expect(filesOf('HEAD')).toEqual([config]);
  expect(project.git('ls-files', '-s')).toBe(files);
  expect(project.git('status', '--porcelain')).toBe('');
  expect((await project.get('backend', '/health')).tradingMode).toBe('paper');
  const status = await project.cutover('status');
  expect(status.json).toMatchObject({ ok: true, tradingMode: 'paper', problems: [] });
});

test('of a commit that also touched another file, only the config is reverted', async () => {
  writeFileSync(path.join(project.dir, 'NOTES.md'), 'Threshold raised.\n');
  project.configure('Raise the threshold, with notes', (document) => set(document, 'confidenceThreshold', '0.7'));
  expect(filesOf('HEAD').sort()).toEqual(['NOTES.md', config]);

  const rollback = await project.cutover('rollback');
  expect(rollback.exitCode, rollback.stderr).toBe(0);
  expect(filesOf('HEAD')).toEqual([config]);
  expect(project.git('ls-files', 'NOTES.md').trim()).toBe('NOTES.md');
  expect((await project.get('backend', '/health')).config.confidenceThreshold).toBe(0.55);
});

test('a config with changes that are not committed is left as it is', async () => {
  appendFileSync(path.join(project.dir, config), '# a thought\n');
  const before = head();
  await expectHaltedOnly(await project.cutover('rollback'), 2, 'dirty_config', before);
  expect(project.git('diff', '--name-only').trim()).toBe(config);
  project.git('checkout', '--', config);
});

test('33: a former config that is live is refused', async () => {
  project.configure('Go live', (document) => set(document, 'tradingMode', 'live'));
  project.configure('Back to paper', (document) => set(document, 'tradingMode', 'paper'));
  const before = head();
  // No return either: nothing was ever granted here. It is not tried, and nothing is halted for it.
  const asked = await project.cutover('rollback', '--return');
  expect([asked.exitCode, asked.json.error.code]).toEqual([3, 'return_refused']);
  expect(asked.json.error.details.join('\n')).toContain('trust_root_missing');
  expect([head(), traders().length]).toEqual([before, 2]);
  await expectHaltedOnly(await project.cutover('rollback'), 3, 'rollback_to_live', before);
});

test('without a git repository it halts, and says how to go back by hand', async () => {
  const before = head();
  renameSync(path.join(project.dir, '.git'), path.join(project.dir, '.cutover', 'git'));
  const rollback = await project.cutover('rollback');
  renameSync(path.join(project.dir, '.cutover', 'git'), path.join(project.dir, '.git'));
  await expectHaltedOnly(rollback, 2, 'no_git', before);
  expect(rollback.json.error.details.join('\n')).toContain(config);
});
