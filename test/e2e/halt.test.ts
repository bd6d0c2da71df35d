import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeProject, prepareEngine, type Ran, set, type TestProject } from '../helpers/project';
import { kill, runVerb, until, workloadProcesses } from '../helpers/running-verb';

/** `cutover halt` stops trading with nothing needed, and stays latched. One story on one project, in sequence. */

let project: TestProject;
const emptyCache = mkdtempSync(path.join(tmpdir(), 'cutover-empty-cache-'));
const configFile = () => path.join(project.dir, 'stacks', 'Pulumi.main.yaml');
const latchFile = () => path.join(project.operations.dataOf('gateway'), 'halt.json');

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject();
  await up();
  await untilTrading();
});

afterAll(async () => {
  await project?.destroy();
  rmSync(emptyCache, { recursive: true, force: true });
});

async function up(): Promise<Ran> {
  const ran = await project.cutover('up');
  expect(ran.exitCode, ran.stderr).toBe(0);
  return ran;
}

async function acceptedOrders(): Promise<number> {
  return (await project.get('gateway', '/health')).orders.accepted;
}

async function untilTrading(): Promise<void> {
  const before = await acceptedOrders();
  await until(async () => (await acceptedOrders()) > before);
}

const traders = () => workloadProcesses(project).filter(({ workload }) => workload === 'orchestrator');
const sizes = () => project.operations.logsOf('orchestrator').map((file) => [file, statSync(file).size]);

/** Nothing of the traders runs, and over ten further candles nothing of them is written or ordered. */
async function expectQuiet(): Promise<void> {
  expect(traders()).toEqual([]);
  const before = { sizes: sizes(), accepted: await acceptedOrders() };
  const marketTime = async () => Date.parse((await project.get('gateway', '/health')).market[0].time);
  const start = await marketTime();
  await until(async () => (await marketTime()) >= start + 10 * 60_000);
  expect({ sizes: sizes(), accepted: await acceptedOrders() }).toEqual(before);
}

test('without engine, state and valid config it stops trading, latches and keeps all data', async () => {
  rmSync(path.join(project.home, 'state'), { recursive: true });
  writeFileSync(configFile(), 'config: [ this is {{ not a config\n');
  const env = { PATH: '/usr/bin:/bin', CUTOVER_CACHE: emptyCache, CUTOVER_OFFICIAL_HOST: 'http://127.0.0.1:9' };
  const halt = await runVerb(project, ['halt', '--reason', 'spread looks wrong', '--json'], { env });
  expect(halt.exitCode, halt.stderr).toBe(0);
  expect(halt.json).toMatchObject({ stack: 'main', halted: true, reason: 'spread looks wrong', problems: [] });
  await expectQuiet();

  expect((await project.get('gateway', '/health')).halt).toMatchObject({ reason: 'spread looks wrong' });
  expect(existsSync(latchFile())).toBe(true);
  expect(project.query('backend', 'trader.db', 'SELECT * FROM live_trades').length).toBeGreaterThan(0);
  expect(project.query('gateway', 'gateway.db', 'SELECT * FROM orders').length).toBeGreaterThan(0);
  expect(existsSync(path.join(project.operations.dataOf('simulated-venue'), 'venue.db'))).toBe(true);
});

test('a second halt changes nothing', async () => {
  const first = (await project.get('gateway', '/health')).halt;
  const halt = await runVerb(project, ['halt', '--reason', 'again', '--json']);
  expect(halt.exitCode, halt.stderr).toBe(0);
  expect(halt.json).toMatchObject({ halted: true, haltedAt: first.haltedAt, reason: 'spread looks wrong' });
  expect((await project.get('gateway', '/health')).halt).toEqual(first);
});

test('up trades in paper again: without state it adopts what still runs, and live stays barred', async () => {
  project.git('checkout', '--', 'stacks');
  const before = await project.pids();
  await up();
  const after = await project.pids();
  expect({ ...after, orchestrator: 0 }).toEqual({ ...before, orchestrator: 0 });
  expect(traders()).toHaveLength(2);
  await untilTrading();
  const status = await project.cutover('status');
  expect(status.json).toMatchObject({ ok: true, tradingMode: 'paper', halt: { reason: 'spread looks wrong' } });
});

test('live by plain pulumi without the pack after a halt: every order is refused as halted', async () => {
  project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
  const live = await project.pulumi('up', '--stack', 'main', '--yes', '--skip-preview', '--non-interactive');
  expect(live.exitCode, live.stdout + live.stderr).toBe(0);
  expect((await project.get('backend', '/health')).tradingMode).toBe('live');
  const order = { symbol: 'BTCUSDT', side: 'buy', qtyUsd: 100, confidence: 0.99 };
  expect(await project.post('backend', '/api/trade/execute', order)).toMatchObject({ status: 423, code: 'halted' });
  const refused = async () => (await project.get('gateway', '/health')).orders.refused.halted ?? 0;
  const own = await refused();
  // The agents' orders as well.
  await until(async () => (await refused()) > own);
  expect(project.query('simulated-venue', 'venue.db', 'SELECT * FROM orders_received')).toEqual([]);

  project.configure('Back to paper', (config) => set(config, 'tradingMode', 'paper'));
  await up();
});

test('with the gateway killed the latch is on its disk, and counts when it starts again', async () => {
  rmSync(latchFile()); // as if there had been no halt so far
  const { gateway } = await project.pids();
  kill(gateway!, 'SIGKILL');
  const halt = await runVerb(project, ['halt', '--reason', 'gateway is gone', '--json']);
  expect(halt.exitCode, halt.stderr).toBe(0);
  expect(halt.json).toMatchObject({ halted: true, reason: 'gateway is gone' });
  expect(traders()).toEqual([]);
  expect(existsSync(latchFile())).toBe(true);

  await up();
  expect((await project.get('gateway', '/health')).halt).toMatchObject({ reason: 'gateway is gone' });
});

test('an orchestrator that hangs is ended all the same, with its agents', async () => {
  const { orchestrator } = await project.pids();
  kill(orchestrator!, 'SIGSTOP');
  const halt = await runVerb(project, ['halt', '--json']);
  expect(halt.exitCode, halt.stderr).toBe(0);
  expect(halt.json).toMatchObject({ halted: true, problems: [] });
  await expectQuiet();
});

test('a stack that nobody knows is not said to be halted', async () => {
  const halt = await runVerb(project, ['halt', '--stack', 'mian', '--json']);
  expect(halt.exitCode).toBe(2);
  expect(halt.json.error.code).toBe('unknown_stack');
  expect(halt.json.error.message).toContain('main');
  expect(existsSync(path.join(project.home, 'stacks', 'mian'))).toBe(false);
});
