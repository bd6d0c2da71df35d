import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecord } from '../../platforms/process/record';
import type { ProcessInputs } from '../../platforms/process/start';
import { isAlive } from '../../platforms/process-identity';
import { processResource } from '../../provider/process-resource';
import { makeTinyStack, type TinyStack } from '../helpers/tiny-stack';

let tiny: TinyStack;
let inputs: ProcessInputs;
beforeEach(async () => {
  tiny = makeTinyStack();
  inputs = await tiny.inputsOf('backend');
});
afterEach(() => tiny.destroy());

const record = () => readRecord(tiny, 'backend')!;
const plain = (value: ProcessInputs) => ({ ...value }) as Record<string, unknown>;
const create = async () => (await processResource.create(plain(inputs))).outs as Record<string, unknown>;
const refresh = async (state: Record<string, unknown>) =>
  (await processResource.read('test/backend', state)).props as Record<string, unknown>;
const changes = async (state: Record<string, unknown>, news = inputs) =>
  (await processResource.diff(state, plain(news))).changes;

describe('check', () => {
  it('passes the inputs on, and nothing of the outputs that a program names', async () => {
    const news = { ...inputs, pid: undefined, url: undefined, startedAt: undefined, state: 'running' };
    const { inputs: checked, failures } = await processResource.check({}, news);
    expect(failures).toEqual([]);
    expect(checked).toStrictEqual(inputs);
    // The engine carries JSON: nothing may be lost on the way.
    expect(JSON.parse(JSON.stringify(checked))).toStrictEqual(checked);
  });

  it('refuses a port that a stranger holds, before anything is touched', async () => {
    const stranger = createServer().listen(0, inputs.host);
    await once(stranger, 'listening');
    try {
      const { port } = stranger.address() as AddressInfo;
      const { failures } = await processResource.check({}, { ...inputs, port });
      expect(failures).toEqual([{ property: 'port', reason: expect.stringContaining(`expected port ${port} to be`) }]);
    } finally {
      stranger.close();
    }
  });

  it("passes a port that the workload's own process holds", async () => {
    await create();
    expect((await processResource.check({}, plain(inputs))).failures).toEqual([]);
  });
});

describe('diff', () => {
  it('is no change for the same inputs of a running process', async () => {
    expect(await changes({ ...inputs, state: 'running', pid: 1, url: 'x', startedAt: 'x' })).toBe(false);
  });

  it.each(['stopped', 'replaced', 'unresponsive', undefined])('is a change for a process that is %s', async (state) => {
    expect(await changes({ ...inputs, state })).toBe(true);
  });

  it('is a change for each input', async () => {
    const state = { ...inputs, state: 'running' };
    const others: Partial<ProcessInputs>[] = [
      { command: ['other'] },
      { cwd: '/' },
      { port: 1 },
      { environment: { ...inputs.environment, CUTOVER_SLICE: 'sha256:9' } },
      { secrets: ['venue-key'] },
      { source: 'sha256:9' },
    ];
    for (const other of others) expect(await changes(state, { ...inputs, ...other })).toBe(true);
    // State that an older version wrote lacks an input that there is now.
    const { source: _, ...older } = state;
    expect(await changes(older)).toBe(true);
  });
});

describe('a process', () => {
  it('is started, seen by refresh, restarted in place by an update, and stopped by a delete', async () => {
    const first = await create();
    expect(first).toMatchObject({ state: 'running', pid: record().pid, url: `http://127.0.0.1:${inputs.port}` });
    expect(JSON.parse(JSON.stringify(first))).toStrictEqual(first);
    expect(await refresh(first)).toEqual(first);
    expect(await changes(await refresh(first))).toBe(false);

    const slice = { ...inputs, environment: { ...inputs.environment, CUTOVER_SLICE: 'sha256:9' } };
    const second = (await processResource.update(plain(slice))).outs as Record<string, unknown>;
    expect(second.pid).not.toBe(first.pid);
    expect(await changes(await refresh(second), slice)).toBe(false);

    const running = record();
    await processResource.delete(second);
    expect(isAlive(running)).toBe(false);
  });

  it('that was killed is drift, and comes back', async () => {
    const state = await create();
    const killed = record();
    process.kill(killed.pid, 'SIGKILL');
    await expect.poll(() => isAlive(killed)).toBe(false);
    const seen = await refresh(state);
    expect(seen.state).toBe('stopped');
    expect(await changes(seen)).toBe(true);
    const { outs } = await processResource.update(plain(inputs));
    expect(await changes(await refresh(outs))).toBe(false);
  });

  it('that was replaced by hand is drift', async () => {
    const state = await create();
    const killed = record();
    process.kill(killed.pid, 'SIGKILL');
    await expect.poll(() => isAlive(killed)).toBe(false);
    const [program, ...args] = inputs.command;
    const byHand = spawn(program!, args, { env: { ...inputs.environment }, stdio: 'ignore' });
    try {
      await expect.poll(async () => (await refresh(state)).state).toBe('replaced');
    } finally {
      byHand.kill('SIGKILL');
      await once(byHand, 'exit');
    }
  });

  it('that an engine started with other inputs, and was killed before it said so, is drift', async () => {
    const state = await create();
    await processResource.update({ ...inputs, environment: { ...inputs.environment, CUTOVER_SLICE: 'sha256:9' } });
    const seen = await refresh(state);
    expect(seen.state).toBe('replaced');
    expect(await changes(seen)).toBe(true);
  });

  it('that does not start leaves nothing behind, and the reason names it', async () => {
    const failing = { ...inputs, environment: { ...inputs.environment, FAIL: 'model_digest_mismatch' } };
    await expect(processResource.create(failing)).rejects.toThrow(
      /backend did not become healthy: .*78[\s\S]*mismatch/,
    );
    expect(readRecord(tiny, 'backend')).toBeUndefined();
  });
});
