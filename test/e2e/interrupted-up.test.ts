import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordFile } from '../../platforms/process/home';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';
import { engineProcesses, kill, killEngine, startVerb, until, workloadProcesses } from '../helpers/running-verb';

/** Runs that are killed, broken off or started twice: `status` tells the truth and the next `up` puts it right. */

let project: TestProject;

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
});

afterAll(async () => {
  for (const { pid } of project ? engineProcesses(project) : []) kill(pid, 'SIGKILL');
  await project?.destroy();
});

/** PID of a workload's last start, as its record says. */
function recordedPid(workload: WorkloadName): number | undefined {
  const file = recordFile({ home: project.home, stack: 'main' }, workload);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).pid : undefined;
}

/** Waits until the run that goes on has started a workload (again). */
async function untilStarted(workload: WorkloadName, before: number | undefined): Promise<void> {
  await until(() => recordedPid(workload) !== undefined && recordedPid(workload) !== before);
}

/** What is said to run (or not to answer) has its process, and what is said to be stopped has none that is not named as a
 * problem: a run that was killed between a start and its record leaves one. */
async function expectTruth(): Promise<void> {
  const status = await project.cutover('status');
  expect(status.exitCode).toBe(4);
  const processes = workloadProcesses(project);
  for (const { workload, state, pid } of status.json.workloads) {
    const found = processes.filter((process) => process.workload === workload).map((process) => process.pid);
    const named = (one: number) => status.json.problems.some((problem: string) => problem.includes(`PID ${one}`));
    if (state === 'stopped')
      expect(
        found.filter((one) => !named(one)),
        workload,
      ).toEqual([]);
    else expect(found, workload).toContain(pid);
  }
}

/** One process for each workload, and all well. */
async function expectAllWell(): Promise<void> {
  const processes = workloadProcesses(project);
  const workloads = processes.filter(({ isAgent }) => !isAgent).map(({ workload }) => workload);
  expect(workloads.sort()).toEqual([...workloadNames].sort());
  expect(processes.filter(({ isAgent }) => isAgent)).toHaveLength(1);
  const status = await project.cutover('status');
  expect(status.json.problems).toEqual([]);
}

/** Plain pulumi finds nothing to change, and nothing half done in the state. */
async function expectConsistentState(): Promise<void> {
  const plain = await project.pulumi('preview', '--stack', 'main', '--refresh', '--expect-no-changes');
  expect(plain.exitCode, plain.stdout + plain.stderr).toBe(0);
  const exported = await project.pulumi('stack', 'export', '--stack', 'main');
  const { pending_operations: pending = [] } = JSON.parse(exported.stdout).deployment;
  expect(
    pending.map(({ type, resource }: { type: string; resource: { urn: string } }) => [type, resource.urn]),
  ).toEqual([]);
}

async function expectUp(): Promise<void> {
  const up = await project.cutover('up');
  expect(up.exitCode, up.stderr).toBe(0);
}

describe('the first up', () => {
  test.each([
    ['simulated-venue', true],
    ['gateway', false],
    ['backend', true],
  ] as const)('its engine killed once %s was started (with its provider: %s)', async (workload, whole) => {
    const run = startVerb(project, ['up']);
    await untilStarted(workload, recordedPid(workload));
    await killEngine(project, whole);
    const { exitCode } = await run.ended;
    expect(exitCode).toBe(1);
    await expectTruth();
  });

  test('the next one completes it', async () => {
    await expectUp();
    await expectAllWell();
    await expectConsistentState();
  });
});

describe('an up that changes something', () => {
  test.each([true, false])('its engine killed in the middle (with its provider: %s)', async (whole) => {
    const before = recordedPid('gateway');
    project.configure('Trade something else', (config) =>
      set(config, 'symbols', whole ? ['BTCUSDT', 'ETHUSDT'] : ['ETHUSDT']),
    );
    const run = startVerb(project, ['up']);
    await untilStarted('gateway', before);
    await killEngine(project, whole);
    expect((await run.ended).exitCode).toBe(1);
    const status = await project.cutover('status');
    expect(status.json.workloads).toHaveLength(workloadNames.length);

    await expectUp();
    await expectAllWell();
    expect((await project.get('backend', '/health')).config.symbols).toEqual(
      whole ? ['BTCUSDT', 'ETHUSDT'] : ['ETHUSDT'],
    );
  });

  test('broken off by Ctrl-C: it ends, and the next one completes it', async () => {
    // The gateway is among the first of many that restart: what is broken off is never just what was done anyway.
    const before = recordedPid('gateway');
    project.configure('Trade both', (config) => set(config, 'symbols', ['BTCUSDT', 'ETHUSDT']));
    const run = startVerb(project, ['up']);
    await untilStarted('gateway', before);
    run.signal('SIGINT');
    const { exitCode, stdout, stderr } = await run.ended;
    expect(exitCode, stdout + stderr).not.toBe(0);
    // The official engine kills its hosts and does not wait until they are gone.
    await until(() => engineProcesses(project).length === 0);

    await expectUp();
    await expectAllWell();
  });

  test('two at the same time: one applies it, the other waits or says who works on the stack', async () => {
    project.configure('Another feed', (config) => set(config, ['market', 'seed'], 8));
    const results = await Promise.all([project.cutover('up'), project.cutover('up')]);
    const done = results.filter(({ exitCode }) => exitCode === 0);
    expect(done.length, results.map(({ stderr }) => stderr).join('\n')).toBeGreaterThan(0);
    for (const { exitCode, json, stderr } of results) {
      if (exitCode === 0) continue;
      expect(json.error.code, stderr).toBe('stack_locked');
      expect(json.error.message).toMatch(/PID \d+/);
    }
    await expectAllWell();
    await expectConsistentState();
  });
});
