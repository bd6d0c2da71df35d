import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordFile } from '../../../platforms/process/home';
import { readRecord } from '../../../platforms/process/record';
import { startWorkload } from '../../../platforms/process/start';
import { ownIdentity } from '../../../platforms/process-identity';
import { digestPosture } from '../../../posture/posture';
import { inspectStack, type WorkloadStatus } from '../../../scripts/shared/inspect';
import type { Project } from '../../../scripts/shared/project';
import { findDifferences } from '../../../scripts/shared/verify-running';
import { freePort } from '../../helpers/free-port';
import { paperPosture } from '../../helpers/posture';
import { makeTinyStack, type TinyStack } from '../../helpers/tiny-stack';

let tiny: TinyStack;
let project: Project;
const servers: Server[] = [];
beforeEach(() => {
  tiny = makeTinyStack();
  project = { ...tiny, projectDir: tiny.home, configFile: path.join(tiny.home, 'x.yaml') };
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  // This process stands for workloads: their records go before anything is stopped by them.
  for (const workload of ['backend', 'gateway'] as const)
    if (readRecord(tiny, workload)?.pid === process.pid) writeFileSync(recordFile(tiny, workload), '');
  await tiny.destroy();
});

/** Lets this process be a workload that gives one answer. */
async function pretend(workload: 'backend' | 'gateway', status: number, body: object): Promise<void> {
  const port = await freePort();
  const server = createServer((_request, response) => response.writeHead(status).end(JSON.stringify(body)));
  servers.push(server.listen(port, '127.0.0.1'));
  await once(server, 'listening');
  const file = recordFile(tiny, workload);
  mkdirSync(path.dirname(file), { recursive: true });
  const record = { ...ownIdentity(), startedAt: new Date().toISOString(), port, inputs: '', command: ['none'] };
  writeFileSync(file, JSON.stringify(record));
}

const statusOf = async (workload: string): Promise<WorkloadStatus> =>
  (await inspectStack(project)).workloads.find((status) => status.workload === workload)!;

describe('inspectStack', () => {
  it('tells a stack that does not run from one that does', async () => {
    expect(await statusOf('backend')).toMatchObject({ state: 'stopped', ok: false, problem: expect.any(String) });
    const inputs = await tiny.inputsOf('backend');
    const { pid } = await startWorkload(inputs);
    expect(await statusOf('backend')).toMatchObject({
      state: 'running',
      ok: true,
      pid,
      address: `http://127.0.0.1:${inputs.port}`,
      health: { ok: true },
    });
    expect(await statusOf('backend')).not.toHaveProperty('problem');
  });

  it.each<[number, object, string]>([
    [503, { ok: false, reason: 'venue unreachable' }, 'venue unreachable'],
    [503, { ok: false, message: 'not yet' }, 'not yet'],
    [500, {}, 'it answers 500'],
    [200, { ok: false }, 'it answers 200'],
  ])('takes an answer of %i %j for a problem', async (status, body, problem) => {
    await pretend('backend', status, body);
    expect(await statusOf('backend')).toMatchObject({ state: 'running', ok: false, problem });
  });
});

describe('findDifferences', () => {
  const running = async () => {
    for (const workload of ['simulated-venue', 'model-service', 'orchestrator', 'guardian'] as const)
      await startWorkload(await tiny.inputsOf(workload));
  };

  it('finds none when everything runs and says what was asked for', async () => {
    await running();
    await pretend('backend', 200, { ok: true, tradingMode: 'paper' });
    await pretend('gateway', 200, { ok: true, posture: { digest: digestPosture(paperPosture) } });
    expect(await findDifferences(project, paperPosture)).toEqual([]);
  });

  it('finds each: a workload that is down, another mode, another posture', async () => {
    await running();
    await pretend('backend', 200, { ok: true, tradingMode: 'live' });
    await pretend('gateway', 503, { ok: false, reason: 'venue unreachable', posture: null });
    expect(await findDifferences(project, paperPosture)).toEqual([
      'gateway is running: venue unreachable',
      'the backend says live mode, expected paper',
      `the gateway knows posture none, expected ${digestPosture(paperPosture)}`,
    ]);
  });

  it('takes silence for a difference', async () => {
    const found = await findDifferences(project, paperPosture);
    expect(found).toHaveLength(8);
    expect(found).toContain('the backend says undefined mode, expected paper');
  });
});
