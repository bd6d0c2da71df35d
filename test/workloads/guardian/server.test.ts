import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataDir } from '../../../platforms/process/home';
import { readRecord } from '../../../platforms/process/record';
import { type ProcessInputs, startWorkload } from '../../../platforms/process/start';
import { digestFile } from '../../../posture/digest';
import { type RunningWorkload, startWorkload as startServer } from '../../helpers/start-workload';
import { makeTinyStack, type TinyStack } from '../../helpers/tiny-stack';

// A real guardian over real processes: two workloads that are nothing but a health answer.
let tiny: TinyStack;
let guardian: RunningWorkload;
let backend: ProcessInputs;

beforeAll(async () => {
  tiny = makeTinyStack();
  backend = await tiny.inputsOf('backend');
  await startWorkload(backend);
  await startWorkload(await tiny.inputsOf('gateway'));
  guardian = await startServer('workloads/guardian/server.ts', {
    CUTOVER_HOME: tiny.home,
    CUTOVER_STACK: tiny.stack,
    GATEWAY_URL: 'http://127.0.0.1:1',
    CUTOVER_SLICE: 'sha256:1',
    DATA_DIR: dataDir({ home: tiny.home, stack: tiny.stack }, 'guardian'),
    LOG_DIR: tiny.home,
    EVIDENCE_DIR: tiny.home,
  });
}, 30_000);
afterAll(async () => {
  await guardian?.stop();
  await tiny.destroy();
});

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
const get = async (route: string): Promise<any> => (await fetch(guardian.url + route)).json();
const replica = async (workload: string) =>
  (await get('/replicas')).replicas.find((found: { workload: string }) => found.workload === workload);
const record = () => readRecord(tiny, 'backend')!;
const patient = { timeout: 10_000, interval: 100 };

describe('the guardian', () => {
  it('reports what the platform says runs', async () => {
    expect(await get('/health')).toMatchObject({ ok: true, replicas: { running: 2 }, duplicates: 0 });
    expect(await replica('backend')).toMatchObject({
      state: 'running',
      pid: record().pid,
      startTime: record().startTime,
      arguments: backend.command,
      sourceDigest: digestFile(backend.command[1]!),
      environmentDigest: expect.stringMatching(/^sha256:/),
    });
    expect(await replica('orchestrator')).toMatchObject({ state: 'stopped' });
  });

  it('sees a workload that was killed, and the one that took its place', async () => {
    const killed = record();
    process.kill(killed.pid, 'SIGKILL');
    await expect.poll(async () => (await replica('backend')).state, patient).toBe('stopped');
    const next = await startWorkload(backend);
    await expect.poll(async () => (await replica('backend')).pid, patient).toBe(next.pid);
    expect(guardian.output()).toContain(`backend is running as PID ${next.pid}`);
  });

  it('sees a change of environment that no posture declared', async () => {
    const before = (await replica('backend')).environmentDigest;
    await startWorkload({ ...backend, environment: { ...backend.environment, SURPRISE: 'yes' } });
    await expect.poll(async () => (await replica('backend')).environmentDigest, patient).not.toBe(before);
  });

  it('sees a second process of a workload', async () => {
    const { inputs: _, command } = record();
    const [program, ...args] = command;
    const second = spawn(program!, args, {
      env: {
        ...(await tiny.inputsOf('backend')).environment,
        CUTOVER_WORKLOAD: 'backend',
        CUTOVER_WORKLOAD_DATA: dataDir(tiny, 'backend'),
      },
      stdio: 'ignore',
    });
    try {
      await expect
        .poll(async () => (await get('/replicas')).duplicates, patient)
        .toEqual([expect.objectContaining({ workload: 'backend', name: `PID ${second.pid}` })]);
      expect(await get('/health')).toMatchObject({ duplicates: 1 });
    } finally {
      second.kill('SIGKILL');
      await once(second, 'exit');
    }
  });

  it('logs each change once', async () => {
    const lines = guardian.output().match(/backend is stopped/g);
    expect(lines).toHaveLength(1);
  });

  it('stops in order', async () => {
    expect(await guardian.stop()).toBe(0);
  });
});
