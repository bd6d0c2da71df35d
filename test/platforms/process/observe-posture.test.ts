import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, cpSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProcessOperations } from '../../../platforms/process/operations';
import { readRecord, writeRecord } from '../../../platforms/process/record';
import { digestCommand } from '../../../platforms/process/source';
import { type ProcessInputs, startWorkload } from '../../../platforms/process/start';
import { stopWorkload } from '../../../platforms/process/stop';
import { readStartTime } from '../../../platforms/process-identity';
import { digestPosture, type WorkloadName, workloadNames } from '../../../posture/posture';
import { type RealWorkload, readPosture } from '../../../posture/read-posture';
import { until } from '../../helpers/start-workload';
import { makeTinyStack, type TinyStack } from '../../helpers/tiny-stack';

// Six real processes, each nothing but a health answer, with the environment of a whole stack.
const fixture = path.resolve(__dirname, '../../fixtures/tiny-workload.js');
let tiny: TinyStack;
let script: string;
let declared: Record<WorkloadName, ProcessInputs>;

const environments: Record<WorkloadName, Record<string, string>> = {
  'simulated-venue': { MARKET_FEED: JSON.stringify({ feed: 'embedded', seed: 1, speed: 60 }) },
  gateway: { VENUE: 'simulated', VENUE_ACCOUNT: 'simulated-1', SYMBOLS: 'BTCUSDT' },
  'model-service': { MODEL_VERSION: '1.0.0', MODEL_DIGEST: `sha256:${'0'.repeat(64)}` },
  backend: {
    TRADING_MODE: 'live',
    SYMBOLS: 'BTCUSDT',
    CONFIDENCE_THRESHOLD: '0.6',
    RISK_LIMITS: JSON.stringify({ maxOrderUsd: 1, maxPositionUsd: 2, maxDrawdown: 0.1, maxOrdersPerMinute: 3 }),
  },
  orchestrator: { AGENTS: '' },
  guardian: {},
};

const place = () => ({ home: tiny.home, stack: tiny.stack, projectDir: tiny.home });
const observe = () => createProcessOperations(place()).observePosture();

/** The digest of what is declared, as the program computes it. */
function declaredDigest() {
  const real = Object.fromEntries(
    workloadNames.map((name): [string, RealWorkload] => {
      const { command, environment } = declared[name];
      const source = digestCommand(command, tiny.home);
      return [name, { command, environment: { ...environment, CUTOVER_WORKLOAD: name }, source }];
    }),
  ) as Record<WorkloadName, RealWorkload>;
  return digestPosture(readPosture(tiny.stack, real, (words) => digestCommand(words, tiny.home)));
}

async function observedDigest() {
  const { posture, reason } = await observe();
  expect(reason).toBeUndefined();
  return digestPosture(posture!);
}

beforeAll(async () => {
  tiny = makeTinyStack();
  script = path.join(tiny.home, 'workload.js');
  cpSync(fixture, script);
  const agents = [{ name: 'live_trader', command: [process.execPath, script], args: ['--fast'] }];
  environments.orchestrator.AGENTS = JSON.stringify(agents);
  declared = {} as typeof declared;
  for (const name of workloadNames) {
    const inputs = await tiny.inputsOf(name);
    const environment = { ...inputs.environment, ...environments[name] };
    declared[name] = { ...inputs, command: [process.execPath, script], environment };
  }
  await Promise.all(workloadNames.map((name) => startWorkload(declared[name])));
}, 30_000);
afterAll(() => tiny.destroy());

describe('what is observed', () => {
  beforeEach(async () => {
    for (const name of workloadNames) await startWorkload(declared[name]);
  });

  it('is the posture that was declared', async () => {
    const { posture, replicas } = await observe();
    expect(digestPosture(posture!)).toBe(declaredDigest());
    expect(posture).toMatchObject({ tradingMode: 'live', stack: tiny.stack, symbols: ['BTCUSDT'] });
    // What a replica carries can be shown: no environment is in it.
    expect(JSON.stringify(replicas)).not.toContain('CONFIDENCE_THRESHOLD');
  });

  it.each<[string, WorkloadName, (inputs: ProcessInputs) => Partial<ProcessInputs>]>([
    ['one environment variable', 'guardian', ({ environment }) => ({ environment: { ...environment, SURPRISE: '1' } })],
    [
      'a preloaded library',
      'backend',
      ({ environment }) => ({ environment: { ...environment, NODE_OPTIONS: '--no-warnings' } }),
    ],
    ['one argument', 'gateway', ({ command }) => ({ command: [...command, '--verbose'] })],
    ['the folder that it runs in', 'model-service', () => ({ cwd: path.dirname(fixture) })],
  ])('changes with %s', async (_, name, change) => {
    await startWorkload({ ...declared[name], ...change(declared[name]) });
    expect(await observedDigest()).not.toBe(declaredDigest());
    await startWorkload(declared[name]);
    expect(await observedDigest()).toBe(declaredDigest());
  });

  it('changes with one byte of the script', async () => {
    const before = declaredDigest();
    appendFileSync(script, ' ');
    expect(await observedDigest()).not.toBe(before);
    expect(await observedDigest()).toBe(declaredDigest());
  });

  it('is told by the program that the kernel runs, whatever the command line says', async () => {
    const { command, environment, cwd, port } = declared.guardian;
    await stopWorkload(tiny, 'guardian');
    const other = path.join(tiny.home, 'another-node');
    cpSync(process.execPath, other);
    const [named, ...args] = command;
    const liar: ChildProcess = spawn(other, args, {
      argv0: named!,
      cwd,
      env: { ...environment, CUTOVER_WORKLOAD: 'guardian' },
      stdio: 'ignore',
    });
    try {
      await until(async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)) !== undefined);
      const identity = { pid: liar.pid!, startTime: readStartTime(liar.pid!)! };
      writeRecord(tiny, 'guardian', { ...identity, startedAt: '', port, inputs: '', command: [...command] });
      expect((await observe()).replicas.find(({ workload }) => workload === 'guardian')?.arguments).toEqual(command);
      expect(await observedDigest()).not.toBe(declaredDigest());
    } finally {
      liar.kill('SIGKILL');
    }
  });

  it('cannot be told while a workload does not run', async () => {
    process.kill(readRecord(tiny, 'orchestrator')!.pid, 'SIGKILL');
    await until(async () => (await observe()).posture === null);
    expect((await observe()).reason).toBe('what orchestrator is started with cannot be read');
  });

  it('cannot be told when a variable says nothing', async () => {
    const { environment } = declared.orchestrator;
    await startWorkload({ ...declared.orchestrator, environment: { ...environment, AGENTS: 'none' } });
    expect(await observe()).toMatchObject({ posture: null, reason: 'orchestrator has a AGENTS that cannot be read' });
  });
});

describe('the digest of a command', () => {
  it('counts a program that is found on the search path by its content', () => {
    const folder = path.dirname(process.execPath);
    const name = path.basename(process.execPath);
    expect(digestCommand([name], '/', folder)).toBe(digestCommand([process.execPath], '/', ''));
    expect(digestCommand([name], '/', '/nowhere')).toBe(digestCommand([], '/'));
    const link = path.join(tiny.home, 'link-to-node');
    symlinkSync(process.execPath, link);
    expect(digestCommand([link], '/')).toBe(digestCommand([process.execPath], '/'));
  });

  it('takes words that no path can be', () => {
    expect(digestCommand(['x'.repeat(10_000), 'a\0b', '{"json": true}'], '/')).toBe(digestCommand([], '/'));
  });
});

describe('an own address', () => {
  it('is there only while the started process itself listens', async () => {
    const { ownAddressOf } = createProcessOperations(place());
    const record = readRecord(tiny, 'gateway')!;
    expect(await ownAddressOf('gateway')).toBe(`http://127.0.0.1:${record.port}`);
    writeRecord(tiny, 'gateway', { ...record, port: readRecord(tiny, 'backend')!.port });
    expect(await ownAddressOf('gateway')).toBeUndefined();
    writeRecord(tiny, 'gateway', { ...record, startTime: 'another' });
    expect(await ownAddressOf('gateway')).toBeUndefined();
    writeRecord(tiny, 'gateway', record);
  });
});
