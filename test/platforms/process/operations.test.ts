import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Operations, PlatformView, WorkloadSpec } from '../../../platforms/platform';
import { createProcessOperations } from '../../../platforms/process/operations';
import { startWorkload } from '../../../platforms/process/start';
import { digestBytes } from '../../../posture/digest';
import { workloadNames } from '../../../posture/posture';
import { makeTinyStack, type TinyStack } from '../../helpers/tiny-stack';

let tiny: TinyStack;
let operations: Operations;
beforeEach(() => {
  tiny = makeTinyStack();
  operations = createProcessOperations({ ...tiny, projectDir: tiny.home });
});
afterEach(() => tiny.destroy());

describe('createProcessOperations', () => {
  it('knows nothing of a stack that was never started, and fails at nothing', async () => {
    const { replicas, duplicates } = await operations.observe();
    expect(replicas).toEqual(workloadNames.map((workload) => expect.objectContaining({ workload, state: 'stopped' })));
    expect(duplicates).toEqual([]);
    for (const workload of workloadNames) {
      expect(await operations.addressOf(workload)).toBeUndefined();
      expect(operations.logsOf(workload)).toEqual([]);
      expect(await operations.remainsOf(workload)).toEqual([]);
      await operations.stop(workload);
    }
  });

  it('finds a workload by what it left behind, stops it, and keeps its data and logs', async () => {
    const inputs = await tiny.inputsOf('backend');
    const { pid } = await startWorkload(inputs);
    const database = path.join(operations.dataOf('backend'), 'trader.db');
    writeFileSync(database, 'precious');
    expect(await operations.addressOf('backend')).toBe(`http://127.0.0.1:${inputs.port}`);
    expect(await operations.remainsOf('backend')).toEqual([`PID ${pid} (${inputs.command.join(' ')})`]);
    expect(await operations.remainsOf('gateway')).toEqual([]);

    await operations.stop('backend');
    expect(await operations.remainsOf('backend')).toEqual([]);
    expect(await operations.addressOf('backend')).toBeUndefined();
    expect(existsSync(database)).toBe(true);
    expect(operations.logsOf('backend').every((file) => existsSync(file))).toBe(true);
    expect(operations.logsOf('backend')).toHaveLength(1);
  });

  it('names every port that a stranger holds, and none that is free', async () => {
    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port: taken } = stranger.address() as { port: number };
    const free = (await tiny.inputsOf('gateway')).port;
    const spec = (name: WorkloadSpec['name'], port: number): WorkloadSpec => ({
      name,
      port,
      program: { kind: 'command', command: ['x'] },
      slice: digestBytes(''),
      environment: {},
      secrets: {},
      reads: [],
    });
    const view = {
      commandOf: () => ['x'],
      realize: () => ({ command: ['x'], environment: {}, source: digestBytes('') }),
    } as unknown as PlatformView;
    const takenBy = (words: string) => ({ code: 'port_taken', sentence: expect.stringMatching(words) });
    try {
      const specs = [spec('backend', taken), spec('gateway', free), spec('guardian', taken)];
      expect(await operations.findConflicts(specs, view)).toEqual([
        takenBy(`expected port ${taken} to be free for backend, but PID ${process.pid} .*ports.backend`),
        takenBy(`expected port ${taken} to be free for guardian`),
      ]);
    } finally {
      stranger.close();
    }
  });
});
