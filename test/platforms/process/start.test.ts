import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askHealth } from '../../../platforms/process/health';
import { dataDir, logFile, recordFile, secretFile } from '../../../platforms/process/home';
import { createProcessObserver, inspectProcess } from '../../../platforms/process/observe';
import { findListener } from '../../../platforms/process/ports';
import { readRecord } from '../../../platforms/process/record';
import { describePortConflict, type ProcessInputs, startWorkload } from '../../../platforms/process/start';
import { findMarked, stopWorkload } from '../../../platforms/process/stop';
import { isAlive } from '../../../platforms/process-identity';
import { freePort } from '../../helpers/free-port';
import { makeTinyStack, type TinyStack } from '../../helpers/tiny-stack';

const host = '127.0.0.1';
let tiny: TinyStack;
let inputs: ProcessInputs;

beforeEach(async () => {
  tiny = makeTinyStack();
  inputs = { ...(await tiny.inputsOf('backend')), secrets: ['venue-key'] };
});

afterEach(() => tiny.destroy());

const inspect = () => inspectProcess(readRecord(inputs, 'backend'), host);
const changed = (environment: Record<string, string>): ProcessInputs => ({
  ...inputs,
  environment: { ...inputs.environment, ...environment },
});

describe('startWorkload', () => {
  it('starts a process that is healthy, recorded, and outlives its starter', async () => {
    const record = await startWorkload(inputs);
    expect(isAlive(record)).toBe(true);
    expect(readRecord(inputs, 'backend')).toEqual(record);
    expect(findListener(inputs.port, host)).toBe(record.pid);
    // Detached: it leads a session of its own, so that neither Ctrl-C nor the engine's end reaches it.
    expect(execFileSync('ps', ['-o', 'sid=', '-p', String(record.pid)], { encoding: 'utf8' }).trim()).toBe(
      String(record.pid),
    );
  });

  it("gives the declared environment, and of the operator's only what every program needs", async () => {
    process.env.SECRET_OF_THE_OPERATOR = 'x';
    try {
      await startWorkload(inputs);
    } finally {
      delete process.env.SECRET_OF_THE_OPERATOR;
    }
    const answer = await askHealth(`http://${host}:${inputs.port}`);
    expect(answer?.body.slice).toBe('sha256:1');
    expect(answer?.body.environment).not.toContain('SECRET_OF_THE_OPERATOR');
  });

  it('makes secrets once, for their owner alone, and never on the command line', async () => {
    const record = await startWorkload(inputs);
    const file = secretFile(inputs, 'venue-key');
    const secret = readFileSync(file, 'utf8').trim();
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(`/proc/${record.pid}/cmdline`, 'utf8')).not.toContain(secret);
    expect(readFileSync(`/proc/${record.pid}/environ`, 'utf8')).not.toContain(secret);
    await startWorkload(changed({ CUTOVER_SLICE: 'sha256:3' }));
    expect(readFileSync(file, 'utf8').trim()).toBe(secret);
  });

  it('adopts the healthy process that already runs with the same inputs', async () => {
    const first = await startWorkload(inputs);
    expect(await startWorkload(inputs)).toEqual(first);
    expect(isAlive(first)).toBe(true);
  });

  it('restarts on other inputs, and keeps the data', async () => {
    const first = await startWorkload(inputs);
    writeFileSync(path.join(dataDir(inputs, 'backend'), 'trader.db'), 'precious');
    const second = await startWorkload(changed({ CUTOVER_SLICE: 'sha256:3' }));
    expect(second.pid).not.toBe(first.pid);
    expect(isAlive(first)).toBe(false);
    expect(readFileSync(path.join(dataDir(inputs, 'backend'), 'trader.db'), 'utf8')).toBe('precious');
  });

  it('ends a process that ignores SIGTERM', async () => {
    const first = await startWorkload(changed({ IGNORE_SIGTERM: '1' }));
    await stopWorkload(inputs, 'backend');
    expect(isAlive(first)).toBe(false);
  }, 20_000);

  it('finds and replaces a process whose record was lost with the engine that started it', async () => {
    const first = await startWorkload(inputs);
    rmSync(recordFile(inputs, 'backend'));
    expect(findMarked(inputs, 'backend').map(({ pid }) => pid)).toEqual([first.pid]);
    expect(await describePortConflict(inputs)).toBeUndefined();
    const second = await startWorkload(inputs);
    expect(isAlive(first)).toBe(false);
    expect(isAlive(second)).toBe(true);
  });

  it('says why a workload does not start, with its last log lines, and leaves nothing of it', async () => {
    await expect(startWorkload(changed({ FAIL: 'model_digest_mismatch' }))).rejects.toThrow(
      /backend did not become healthy: it ended with exit code 78[\s\S]*model_digest_mismatch/,
    );
    expect(findMarked(inputs, 'backend')).toEqual([]);
    expect(existsSync(logFile(inputs, 'backend'))).toBe(true);
  });

  it('says that a program does not exist', async () => {
    await expect(startWorkload({ ...inputs, command: ['/no/such/program'] })).rejects.toThrow(
      /backend cannot be started: .*ENOENT/,
    );
  });

  it('names the stranger that holds the port, and does not touch what runs', async () => {
    const first = await startWorkload(inputs);
    const stranger = createServer().listen(0, host);
    await new Promise((resolve) => stranger.once('listening', resolve));
    const { port } = stranger.address() as { port: number };
    try {
      await expect(startWorkload({ ...inputs, port })).rejects.toThrow(
        new RegExp(`expected port ${port} to be free for backend, but PID ${process.pid} .* set cutover:ports.backend`),
      );
      expect(isAlive(first)).toBe(true);
    } finally {
      stranger.close();
    }
  });
});

describe('inspectProcess', () => {
  it('sees a running, a killed and a never started process', async () => {
    expect(await inspect()).toEqual({ state: 'stopped', reason: 'it is not started' });
    const record = await startWorkload(inputs);
    expect(await inspect()).toEqual({ state: 'running' });
    process.kill(record.pid, 'SIGKILL');
    await expect.poll(inspect).toEqual({ state: 'stopped', reason: `PID ${record.pid} has ended` });
  });

  it('sees one that was replaced by hand', async () => {
    const record = await startWorkload(inputs);
    process.kill(record.pid, 'SIGKILL');
    await expect.poll(() => isAlive(record)).toBe(false);
    const child = spawn(inputs.command[0]!, inputs.command.slice(1), {
      env: { ...process.env, ...inputs.environment },
      stdio: 'ignore',
    });
    try {
      await expect
        .poll(inspect)
        .toMatchObject({ state: 'replaced', reason: expect.stringContaining(`PID ${child.pid} listens`) });
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('sees one that hangs', async () => {
    const record = await startWorkload(inputs);
    process.kill(record.pid, 'SIGSTOP');
    try {
      expect(await inspect()).toEqual({ state: 'unresponsive', reason: `PID ${record.pid} does not answer` });
    } finally {
      process.kill(record.pid, 'SIGCONT');
    }
  });

  it('does not take another process with the same PID for it', async () => {
    const record = await startWorkload(inputs);
    const state = await inspectProcess({ ...record, startTime: 'another' }, host);
    expect(state.state).toBe('replaced');
  });
});

describe('createProcessObserver', () => {
  it('reports what the kernel says of a replica, and a second process of the same workload', async () => {
    const record = await startWorkload(inputs);
    const port = await freePort();
    const second = spawn(inputs.command[0]!, inputs.command.slice(1), {
      env: {
        ...inputs.environment,
        PORT: String(port),
        CUTOVER_WORKLOAD: 'backend',
        CUTOVER_WORKLOAD_DATA: dataDir(inputs, 'backend'),
      },
      stdio: 'ignore',
    });
    try {
      const observer = createProcessObserver(inputs, host);
      await expect
        .poll(async () => (await observer.observe()).duplicates.map(({ name }) => name))
        .toEqual([`PID ${second.pid}`]);
      const replica = (await observer.observe()).replicas.find(({ workload }) => workload === 'backend');
      expect(replica).toMatchObject({
        state: 'running',
        pid: record.pid,
        startTime: record.startTime,
        arguments: inputs.command,
        sourceDigest: expect.stringMatching(/^sha256:/),
        environmentDigest: expect.stringMatching(/^sha256:/),
      });
    } finally {
      second.kill('SIGKILL');
    }
  });
});
