import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseCandles } from '../../market/candles';
import { fillPrice } from '../../market/fill';
import { readCommand, readEnvironment } from '../../platforms/process-identity';
import { workloadNames } from '../../posture/posture';
import { contractFields } from '../helpers/contract-fields';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';

/** The story of one stack, told in order: each test goes on where the one before it ended. */

const recording = path.resolve(__dirname, '..', '..', '..', 'shared', 'data', 'market', 'ETH_BTC-5m.csv');
const isRecorded = existsSync(recording);
const symbol = isRecorded ? 'ETHBTC' : 'BTCUSDT';
const proofs = ['preflight', 'canary', 'drill', 'approval'];
const patience = { timeout: 60_000, interval: 100 };
let project: TestProject;

beforeAll(async () => {
  if (!isRecorded) console.log(`no recorded candles at ${recording}: this story runs on the embedded feed`);
  await prepareEngine();
  project = await makeProject((config) => {
    set(config, 'symbols', [symbol]);
    // Far above what two agents send, so that whatever refuses a live order is not the order rate.
    set(config, ['risk', 'maxOrdersPerMinute'], 1_000_000);
    if (isRecorded)
      set(config, 'market', { feed: 'recorded', files: { [symbol]: recording }, usdPerQuote: 14_000, speed: 2_000 });
  });
});
afterAll(() => project?.destroy());

/** Which process runs each workload: PID and start time, so that a restart shows even where a PID is used again. */
async function identities(): Promise<Record<string, string>> {
  const { replicas } = await project.operations.observe();
  return Object.fromEntries(replicas.map(({ workload, pid, startTime }) => [workload, `${pid} ${startTime}`]));
}

/** The names of those that differ. */
function changed(before: Record<string, string>, after: Record<string, string>): string[] {
  return workloadNames.filter((name) => before[name] !== after[name]);
}

function count(table: 'live_trades' | 'orders' | 'orders_received', where = 'true'): number {
  const [workload, database] = {
    live_trades: ['backend', 'trader.db'] as const,
    orders: ['gateway', 'gateway.db'] as const,
    orders_received: ['simulated-venue', 'venue.db'] as const,
  }[table];
  return Number(project.query(workload, database, `SELECT count(*) AS count FROM ${table} WHERE ${where}`)[0]!.count);
}

/** Waits for this many more paper fills. */
async function awaitFills(more: number): Promise<void> {
  const before = count('live_trades', "status = 'filled' AND mode = 'paper'");
  await expect
    .poll(() => count('live_trades', "status = 'filled' AND mode = 'paper'"), patience)
    .toBeGreaterThanOrEqual(before + more);
}

// biome-ignore lint/suspicious/noExplicitAny: an exported state is a document of the engine's
type State = any;

async function exportState(): Promise<State> {
  const { json, stderr } = await project.pulumi('stack', 'export', '--stack', 'main');
  expect(json, stderr).toBeDefined();
  return json;
}

function postureIn(state: State): { digest: string; posture: { tradingMode: string } } {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return state.deployment.resources.find(({ type }: any) => type === 'cutover:index:Posture').outputs;
}

const secretFiles = () => {
  const folder = path.join(project.home, 'stacks', 'main', 'secrets');
  return [path.join(project.home, 'passphrase'), ...readdirSync(folder).map((name) => path.join(folder, name))];
};
const venueKey = () => readFileSync(path.join(project.home, 'stacks', 'main', 'secrets', 'venue-key'), 'utf8').trim();

test('comes up in paper and trades', async () => {
  const up = await project.cutover('up');
  expect(up.exitCode, up.stderr).toBe(0);
  expect(up.json.tradingMode).toBe('paper');
  await awaitFills(2);
  expect(count('live_trades', "mode <> 'paper'")).toBe(0);
  expect(await project.get('backend', '/health')).toMatchObject({ ok: true, tradingMode: 'paper' });
  expect(project.git('status', '--porcelain')).toBe('');
});

test.skipIf(!isRecorded)('fills at the prices of the recorded ETH/BTC candles', async () => {
  const { candles } = parseCandles(readFileSync(recording, 'utf8'), recording);
  const possible = (side: 'buy' | 'sell') => new Set(candles.map(({ close }) => fillPrice(side, close)));
  const prices = { buy: possible('buy'), sell: possible('sell') };
  const fills = project.query(
    'backend',
    'trader.db',
    "SELECT pair, side, price FROM live_trades WHERE status = 'filled'",
  ) as { pair: string; side: 'buy' | 'sell'; price: number }[];
  expect(fills.length).toBeGreaterThan(0);
  for (const { side, price } of fills) expect(prices[side]).toContain(price);
});

test('restarts only the orchestrator when an agent is enabled by config', async () => {
  const before = await identities();
  project.configure('Enable the second agent', (config) =>
    set(config, ['agents', 'quant_company_agent', 'enabled'], true),
  );
  const up = await project.cutover('up');
  expect(up.exitCode, up.stderr).toBe(0);
  expect(up.json.changes.map(({ name }: { name: string }) => name)).toEqual(['posture', 'orchestrator']);
  expect(changed(before, await identities())).toEqual(['orchestrator']);
  const { agents } = await project.get('orchestrator', '/health');
  expect(agents.map(({ name, state }: Record<string, string>) => [name, state])).toEqual([
    ['live_trader', 'running'],
    ['quant_company_agent', 'running'],
  ]);
});

test('refuses live, naming every missing proof, and changes nothing', async () => {
  const before = { processes: await identities(), state: postureIn(await exportState()), health: await health() };
  project.configure('Go live', (config) => set(config, 'tradingMode', 'live'));
  for (const verb of ['preview', 'up'] as const) {
    const refused = await project.cutover(verb);
    expect(refused.exitCode, refused.stderr).toBe(3);
    expect(refused.json.refused).toBe(true);
    expect(Object.keys(refused.json).sort()).toEqual(contractFields(verb));
    const reasons = refused.json.violations.map(({ message }: { message: string }) => message).join('\n');
    for (const proof of proofs) expect(reasons).toContain(proof);
    expect(await identities()).toEqual(before.processes);
    expect(await health()).toEqual(before.health);
    expect(postureIn(await exportState())).toEqual(before.state);
  }
  expect(before.health).toMatchObject({ mode: 'paper', posture: before.state.digest });
  expect(count('orders_received')).toBe(0);
  await awaitFills(1);
});

async function health() {
  const { tradingMode, posture } = await project.get('backend', '/health');
  return { mode: tradingMode, posture };
}

test('21: comes up live by plain pulumi without the pack, and no order gets past the gateway', async () => {
  const before = await identities();
  const up = await project.pulumi('up', '--yes', '--skip-preview', '--stack', 'main');
  expect(up.exitCode, up.stdout + up.stderr).toBe(0);
  expect(changed(before, await identities())).toEqual(['backend']);
  expect(await health()).toMatchObject({ mode: 'live', posture: postureIn(await exportState()).digest });
  expect(project.git('status', '--porcelain')).toBe('');

  const refusedLive = "mode = 'live' AND status = 'refused'";
  await expect.poll(() => count('live_trades', `${refusedLive} AND agent IS NOT NULL`), patience).toBeGreaterThan(2);
  const order = { symbol, side: 'buy', qtyUsd: 100, confidence: 1 };
  expect(await project.post('backend', '/api/trade/execute', order)).toMatchObject({
    status: 423,
    code: 'permit_required',
    dryRun: false,
  });
  // Every refusal that the backend knows of is one that the gateway gave, and counts.
  await expect
    .poll(async () => {
      const { orders } = await project.get('gateway', '/health');
      return orders.refused.permit_required - count('live_trades', `${refusedLive} AND reason = 'permit_required'`);
    }, patience)
    .toBe(0);
  expect(count('live_trades', `${refusedLive} AND reason <> 'permit_required'`)).toBe(0);
  expect(count('live_trades', "mode = 'live' AND status NOT IN ('refused', 'not_executed', 'pending')")).toBe(0);
  expect(count('orders', "mode = 'live' AND status <> 'refused'")).toBe(0);
  expect(count('orders_received')).toBe(0);
});

test("shows a control order in the venue's record, so that an empty record means something", async () => {
  const send = (clientOrderId: string, key: string) =>
    project.post(
      'simulated-venue',
      '/orders',
      { clientOrderId, symbol, side: 'buy', qtyUsd: 100 },
      { 'x-api-key': key },
    );
  expect(await send('wrong-key', `${venueKey().slice(0, -1)}x`)).toMatchObject({ status: 401, code: 'invalid_key' });
  expect(await send('control', venueKey())).toMatchObject({ status: 'filled', clientOrderId: 'control' });
  const record = project.query(
    'simulated-venue',
    'venue.db',
    'SELECT client_order_id AS clientOrderId, authenticated, status FROM orders_received ORDER BY id',
  );
  expect(record).toEqual([
    { clientOrderId: 'wrong-key', authenticated: 0, status: 'invalid_key' },
    { clientOrderId: 'control', authenticated: 1, status: 'filled' },
  ]);
});

test('21: is refused by plain pulumi with the pack', async () => {
  const before = await identities();
  for (const verb of [['preview'], ['up', '--yes', '--skip-preview']]) {
    const refused = await project.pulumi(...verb, '--stack', 'main', '--policy-pack', 'policies/live-promotion');
    expect(refused.exitCode).not.toBe(0);
    for (const proof of proofs) expect(refused.stdout).toContain(proof);
    expect(await identities()).toEqual(before);
  }
});

test('is back in paper after git revert and up, and fills again', async () => {
  const before = await identities();
  project.git('revert', '--no-edit', 'HEAD');
  const up = await project.cutover('up');
  expect(up.exitCode, up.stderr).toBe(0);
  expect(up.json.tradingMode).toBe('paper');
  expect(changed(before, await identities())).toEqual(['backend']);
  expect(await health()).toMatchObject({ mode: 'paper', posture: postureIn(await exportState()).digest });
  await awaitFills(2);
  // What stands in the venue's record is what was sent there on purpose.
  expect(count('orders_received')).toBe(2);
});

test('changes nothing the second time, nor by plain pulumi on the same state', async () => {
  const before = await identities();
  const up = await project.cutover('up');
  expect(up.exitCode, up.stderr).toBe(0);
  expect(up.json.changes).toEqual([]);
  const plain = await project.pulumi('preview', '--expect-no-changes', '--refresh', '--stack', 'main');
  expect(plain.exitCode, plain.stdout + plain.stderr).toBe(0);
  expect(await identities()).toEqual(before);
  expect(project.git('status', '--porcelain')).toBe('');
});

test('keeps every secret out of state, data, logs, environments, command lines and output', async () => {
  const secrets = secretFiles();
  expect(secrets.map((file) => path.basename(file)).sort()).toEqual([
    'operator-token',
    'passphrase',
    'venue-control-key',
    'venue-key',
  ]);
  const values = secrets.map((file) => readFileSync(file, 'utf8').trim());
  const places = new Map([['output of the runs', Buffer.from(project.transcript())]]);
  const entries = readdirSync(project.dir, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !secrets.includes(file)) places.set(file, readFileSync(file));
  }
  const { replicas } = await project.operations.observe();
  for (const { workload, pid = 0 } of replicas) {
    places.set(`process of ${workload}`, Buffer.from(JSON.stringify([readCommand(pid), readEnvironment(pid)])));
  }
  expect(places.size).toBeGreaterThan(30);
  const found = [...places].filter(([, content]) => values.some((value) => content.includes(value)));
  expect(found.map(([place]) => place)).toEqual([]);
});

test('keeps all data over down, and the next up goes on with it', async () => {
  const tables = ['live_trades', 'orders', 'orders_received'] as const;
  const before = Object.fromEntries(tables.map((table) => [table, count(table)]));
  const kept = [...workloadNames].flatMap((name) => [...project.operations.logsOf(name), ...dataFiles(name)]);
  const { feesUsd } = await project.get('gateway', '/book');

  const down = await project.cutover('down');
  expect(down.exitCode, down.stderr).toBe(0);
  for (const name of workloadNames) expect(await project.operations.remainsOf(name)).toEqual([]);
  expect((await project.cutover('status')).exitCode).toBe(4);
  for (const file of kept) expect(existsSync(file), file).toBe(true);
  const rows = Object.fromEntries(tables.map((table) => [table, count(table)]));
  for (const table of tables) expect(rows[table]).toBeGreaterThanOrEqual(before[table]!);
  const trades = project.query('backend', 'trader.db', 'SELECT * FROM live_trades ORDER BY id');

  const up = await project.cutover('up');
  expect(up.exitCode, up.stderr).toBe(0);
  await awaitFills(1);
  const book = await project.get('gateway', '/book');
  expect(book.feesUsd).toBeGreaterThanOrEqual(feesUsd);
  const sum = "SELECT sum(fee_usd) AS fees FROM orders WHERE status = 'filled' AND mode = 'paper'";
  expect(project.query('gateway', 'gateway.db', sum)[0]!.fees).toBeGreaterThanOrEqual(book.feesUsd - 1e-6);
  const now = project.query('backend', 'trader.db', 'SELECT * FROM live_trades ORDER BY id');
  expect(now.slice(0, trades.length).filter(({ status }) => status !== 'pending')).toEqual(
    trades.filter(({ status }) => status !== 'pending'),
  );
  expect(count('orders_received')).toBe(rows.orders_received);
});

/** Data files of a workload; not the journals, which SQLite itself removes when the last user leaves. */
function dataFiles(name: (typeof workloadNames)[number]): string[] {
  const folder = project.operations.dataOf(name);
  return readdirSync(folder)
    .filter((file) => /\.db$/.test(file))
    .map((file) => path.join(folder, file));
}
