import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';
import { kill, workloadProcesses } from '../helpers/running-verb';

/** What is killed, stopped or displaced is told by `status` and repaired by `up`, and nothing else is touched. */

let project: TestProject;
let stranger: ChildProcess | undefined;

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject((config) => set(config, ['risk', 'maxOrdersPerMinute'], 100_000));
  expect((await project.cutover('up')).exitCode).toBe(0);
});

afterAll(async () => {
  stranger?.kill('SIGKILL');
  await project?.destroy();
});

/** Brings the stack up again, and expects that this one workload was restarted and no other process changed. */
async function expectRepairOf(workload: WorkloadName, before: Record<string, number>): Promise<void> {
  const up = await project.cutover('up');
  expect(up.exitCode, up.stderr).toBe(0);
  expect(up.json.changes.map(({ name }: { name: string }) => name)).toEqual([workload]);
  const after = await project.pids();
  for (const name of workloadNames) {
    if (name === workload) expect(after[name]).not.toBe(before[name]);
    else expect(after[name], name).toBe(before[name]);
  }
  const status = await project.cutover('status');
  expect(status.json.problems).toEqual([]);
  expect(status.exitCode).toBe(0);
  // One process for each workload, beside the orchestrator's agents.
  const processes = workloadProcesses(project).filter(({ isAgent }) => !isAgent);
  expect(processes.map((process) => process.workload).sort()).toEqual([...workloadNames].sort());
}

async function expectTold(workload: WorkloadName, state: string): Promise<void> {
  const status = await project.cutover('status');
  expect(status.exitCode).toBe(4);
  expect(status.json.ok).toBe(false);
  expect(status.json.problems.join('\n')).toContain(`${workload} is ${state}`);
  const named = status.json.workloads.find((entry: { workload: string }) => entry.workload === workload);
  expect(named.state).toBe(state);
}

describe.each(workloadNames)('%s', (workload) => {
  test('killed: status says so, up repairs exactly it', async () => {
    const before = await project.pids();
    kill(before[workload]!, 'SIGKILL');
    await expectTold(workload, 'stopped');
    await expectRepairOf(workload, before);
  });
});

test('stopped in its tracks: told as unresponsive, and repaired', async () => {
  const before = await project.pids();
  kill(before.backend!, 'SIGSTOP');
  await expectTold('backend', 'unresponsive');
  await expectRepairOf('backend', before);
});

test("a stranger on a workload's port is named and left alone, and nothing is changed", async () => {
  const before = await project.pids();
  const port = project.ports.guardian;
  kill(before.guardian!, 'SIGKILL');
  stranger = await listenOn(port);
  await expectTold('guardian', 'replaced');

  const up = await project.cutover('up');
  expect(up.exitCode).toBe(2);
  expect(up.json.error.code).toBe('port_taken');
  expect(up.json.error.details).toHaveLength(1);
  expect(up.json.error.details[0]).toContain(`port ${port} to be free for guardian`);
  expect(up.json.error.details[0]).toContain(`PID ${stranger.pid}`);
  expect(up.json.error.details[0]).toContain('cutover:ports.guardian');
  // Plain pulumi finds the same, before it changes anything.
  const plain = await project.pulumi('up', '--stack', 'main', '--yes', '--skip-preview', '--non-interactive');
  expect(plain.exitCode).not.toBe(0);
  expect(plain.stdout + plain.stderr).toContain(`PID ${stranger.pid}`);
  expect(await project.pids()).toEqual({ ...before, guardian: 0 });
  expect(stranger.exitCode).toBeNull();

  stranger.kill('SIGKILL');
  await once(stranger, 'exit');
  await expectRepairOf('guardian', before);
});

/** A process of somebody else's that answers on a port. */
async function listenOn(port: number): Promise<ChildProcess> {
  const source = `require('node:http').createServer((_, answer) => answer.end('{"ok":true}')).listen(${port}, '127.0.0.1', () => console.log('ready'))`;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}
