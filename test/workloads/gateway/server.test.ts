import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fc, test } from '@fast-check/vitest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { freePort } from '../../helpers/free-port';
import { post, type RunningWorkload, startWorkload, until } from '../../helpers/start-workload';

const root = mkdtempSync(path.join(tmpdir(), 'gateway-'));
writeFileSync(path.join(root, 'key'), 'the-key');
let venue: RunningWorkload;
let gateway: RunningWorkload | undefined;
let dataDir: string;
let runs = 0;

async function startVenue(environment: Record<string, string> = {}): Promise<RunningWorkload> {
  return startWorkload('workloads/simulated-venue/server.ts', {
    SYMBOLS: 'BTCUSDT,ETHUSDT',
    VENUE_ACCOUNT: 'sim-1',
    VENUE_KEY_FILE: path.join(root, 'key'),
    DATA_DIR: path.join(root, 'venue'),
    MARKET_FEED: JSON.stringify({ feed: 'embedded', seed: 7, speed: 60 }),
    ...environment,
  });
}
async function startGateway(environment: Record<string, string> = {}): Promise<RunningWorkload> {
  gateway = await startWorkload('workloads/gateway/server.ts', {
    CUTOVER_STACK: 'main',
    SYMBOLS: 'BTCUSDT,ETHUSDT',
    VENUE: 'simulated',
    VENUE_ACCOUNT: 'sim-1',
    VENUE_URL: venue.url,
    VENUE_KEY_FILE: path.join(root, 'key'),
    POSTURE_FILE: path.join(dataDir, 'posture.json'),
    DATA_DIR: dataDir,
    ...environment,
  });
  return gateway;
}
async function get(route: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${gateway!.url}${route}`);
  return { status: response.status, body: (await response.json()) as never };
}
const isReady = async () => {
  const { status, body } = await get('/health');
  return status === 200 && (body.market as unknown[]).length === 2;
};
function venueOrders(): unknown[] {
  const database = new DatabaseSync(path.join(root, 'venue', 'venue.db'), { readOnly: true });
  try {
    return database.prepare('SELECT * FROM orders_received').all();
  } finally {
    database.close();
  }
}
const order = { clientOrderId: 'one', mode: 'paper', symbol: 'BTCUSDT', side: 'buy', qtyUsd: 1_000 };

beforeAll(async () => {
  venue = await startVenue();
});
beforeEach(() => {
  runs += 1;
  dataDir = path.join(root, `gateway-${runs}`);
  mkdirSync(dataDir);
});
afterEach(async () => {
  await gateway?.stop('SIGKILL');
  // The independent witness: whatever a test did, no order ever reached the venue.
  expect(venueOrders()).toEqual([]);
});
afterAll(async () => {
  await venue.stop('SIGKILL');
  rmSync(root, { recursive: true });
});

describe('gateway', () => {
  test('never accepts a live order, whatever its body', async () => {
    const { url } = await startGateway();
    await until(isReady);
    const live = fc.record(
      {
        clientOrderId: fc.oneof(fc.constant('live'), fc.string()),
        mode: fc.oneof(
          { weight: 4, arbitrary: fc.constant('live') },
          fc.constantFrom('LIVE', 'live ', null, ['live'], 1),
        ),
        symbol: fc.oneof(fc.constant('BTCUSDT'), fc.jsonValue()),
        side: fc.oneof(fc.constantFrom('buy', 'sell'), fc.jsonValue()),
        qtyUsd: fc.oneof(fc.double({ min: 1, max: 1_000 }), fc.jsonValue()),
        permit: fc.jsonValue(),
        dryRun: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    const valid = fc.record({
      ...mapConstants({ ...order, mode: 'live' }),
      qtyUsd: fc.integer({ min: 1, max: 1_000 }),
    });
    const body = fc.oneof(
      live.map((value) => JSON.stringify(value)),
      valid.map((value) => JSON.stringify(value)),
      fc.json(),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const answer = await post(`${url}/orders`, text);
        expect([400, 423]).toContain(answer.status);
        expect(['invalid_order', 'permit_required']).toContain(answer.body.code);
      }),
      { numRuns: 300 },
    );
    expect((await get('/health')).body.orders).toMatchObject({
      accepted: 0,
      refused: { permit_required: expect.any(Number) },
    });
    expect((await get('/book')).body).toMatchObject({ cashUsd: 100_000, positions: [] });
  });

  test('values a position left in a symbol that is not traded any more at its last fill', async () => {
    const first = await startGateway();
    await until(isReady);
    const filled = await post(`${first.url}/orders`, { ...order, mode: 'paper', symbol: 'ETHUSDT', side: 'buy' });
    expect(filled.status).toBe(200);
    await first.stop();
    await startGateway({ SYMBOLS: 'BTCUSDT' });
    await until(async () => (await get('/health')).status === 200);
    const book = (await get('/book')).body as { positions: { symbol: string; priceUsd: number }[] };
    expect(book.positions).toMatchObject([{ symbol: 'ETHUSDT', priceUsd: filled.body.price }]);
  });

  test('records and counts every refusal of a live order; its id stays free', async () => {
    const { url } = await startGateway();
    await until(isReady);
    for (let count = 0; count < 3; count += 1)
      expect(await post(`${url}/orders`, { ...order, mode: 'live' })).toMatchObject({
        status: 423,
        body: { code: 'permit_required' },
      });
    expect((await get('/orders/one')).body).toMatchObject({
      id: 3,
      status: 'refused',
      code: 'permit_required',
      mode: 'live',
    });
    expect((await post(`${url}/orders`, order)).status).toBe(200);
    expect((await get('/orders/one')).body).toMatchObject({ id: 4, status: 'filled', orderId: 'paper-4' });
    expect((await post(`${url}/orders`, { ...order, mode: 'live' })).status).toBe(423);
    expect((await get('/health')).body.orders).toEqual({ accepted: 1, refused: { permit_required: 4 } });
    expect((await get('/orders?since=3&limit=1')).body.orders).toHaveLength(1);
    expect((await get('/orders/unknown')).body.code).toBe('unknown_order');
  });

  test('fills an id once, also when it comes many times at once, and after a kill', async () => {
    const { url } = await startGateway();
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(`${url}/orders`, order)));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers[0]).toMatchObject({
      status: 200,
      body: { orderId: 'paper-1', status: 'filled', qtyUsd: expect.closeTo(1_000, 6), feeUsd: expect.closeTo(1, 6) },
    });
    const book = (await get('/book')).body;
    await gateway!.stop('SIGKILL');
    const { url: next } = await startGateway();
    await until(isReady);
    expect(await post(`${next}/orders`, order)).toEqual(answers[0]);
    expect((await post(`${next}/orders`, { ...order, side: 'sell' })).body.code).toBe('idempotency_conflict');
    const after = (await get('/book')).body;
    for (const field of ['cashUsd', 'feesUsd', 'realizedPnlUsd']) expect(after[field]).toBe(book[field]);
    expect(after.positions).toMatchObject([{ symbol: 'BTCUSDT', qty: answers[0]!.body.qty }]);
  });

  test('keeps the equity peak over a kill', async () => {
    const { url } = await startGateway();
    await post(`${url}/orders`, { ...order, qtyUsd: 90_000 });
    await gateway!.stop('SIGKILL');
    const database = new DatabaseSync(path.join(dataDir, 'gateway.db'));
    database.exec(`INSERT OR REPLACE INTO meta VALUES ('peak_usd', 200000)`);
    database.close();
    await startGateway();
    await until(isReady);
    const { peakUsd, drawdown, equityUsd } = (await get('/book')).body as Record<string, number>;
    expect(peakUsd).toBe(200_000);
    expect(drawdown).toBeCloseTo(1 - equityUsd! / 200_000, 12);
  });

  test('refuses what the book cannot bear, and closes a position by its value', async () => {
    const { url } = await startGateway();
    await until(isReady);
    expect((await post(`${url}/orders`, { ...order, qtyUsd: 100_000 })).body.code).toBe('insufficient_cash');
    expect((await post(`${url}/orders`, { ...order, side: 'sell' })).body.code).toBe('insufficient_position');
    await post(`${url}/orders`, order);
    const [position] = (await get('/book')).body.positions as { valueUsd: number }[];
    const sold = await post(`${url}/orders`, {
      ...order,
      clientOrderId: 'two',
      side: 'sell',
      qtyUsd: position!.valueUsd,
    });
    expect(sold.status).toBe(200);
    expect((await get('/book')).body.positions).toEqual([]);
    expect((await post(`${url}/orders`, { mode: 'paper', qtyUsd: '1' })).body.failures).toHaveLength(4);
  });

  test('a halt outlives a kill, and one that appears on disk counts at once', async () => {
    const { url } = await startGateway();
    const live = { ...order, mode: 'live' };
    const first = await post(`${url}/halt`, { reason: 'drill', by: 'operator' });
    expect(first.body).toMatchObject({ reason: 'drill', by: 'operator' });
    await gateway!.stop('SIGKILL');
    const { url: next } = await startGateway();
    expect(await post(`${next}/halt`, '{malformed', { 'content-type': 'text/plain' })).toEqual(first);
    expect((await get('/health')).body.halt).toEqual(first.body);
    expect(await post(`${next}/orders`, live)).toMatchObject({ status: 423, body: { code: 'halted' } });
    rmSync(path.join(dataDir, 'halt.json'));
    expect((await post(`${next}/orders`, live)).body.code).toBe('permit_required');
    writeFileSync(path.join(dataDir, 'halt.json'), 'garbage');
    expect((await post(`${next}/orders`, live)).body.code).toBe('halted');
    await until(isReady);
    expect((await post(`${next}/orders`, order)).status).toBe(200);
  });

  test('a halt needs no body, and one that cannot be written says so and holds', async () => {
    const { url } = await startGateway();
    rmSync(dataDir, { recursive: true });
    expect(await post(`${url}/halt`, '')).toMatchObject({ status: 500, body: { code: 'halt_not_durable' } });
    mkdirSync(dataDir);
    expect((await get('/health')).body.halt).toMatchObject({ reason: 'no reason given', by: 'unknown' });
    expect((await post(`${url}/halt`, '')).status).toBe(200);
  });

  test('answers known orders while the venue is gone, and recovers', async () => {
    const own = { PORT: String(await freePort()), DATA_DIR: path.join(root, 'venue-2') };
    const gone = await startVenue(own);
    const { url } = await startGateway({ VENUE_URL: gone.url });
    const filled = await post(`${url}/orders`, order);
    const two = { ...order, clientOrderId: 'two' };
    await gone.stop('SIGKILL');
    await until(async () => (await get('/market/BTCUSDT/candles')).status === 503);
    expect((await get('/market/BTCUSDT/candles')).body.code).toBe('market_unavailable');
    expect((await post(`${url}/orders`, two)).body.code).toBe('market_unavailable');
    expect(await post(`${url}/orders`, order)).toEqual(filled);
    expect((await get('/book')).status).toBe(200);
    const back = await startVenue(own);
    try {
      expect((await post(`${url}/orders`, two)).status).toBe(200);
    } finally {
      await back.stop('SIGKILL');
    }
  });

  test('is not healthy while no venue answers, and halts all the same', async () => {
    const { url } = await startGateway({ VENUE_URL: `http://127.0.0.1:${await freePort()}` });
    const health = await get('/health');
    expect(health.status).toBe(503);
    expect(health.body).toMatchObject({ ok: false, reason: 'venue unreachable', venue: { reachable: false } });
    expect((await post(`${url}/halt`, { reason: 'drill', by: 'operator' })).status).toBe(200);
  });

  test('relays closed candles and the declared posture', async () => {
    await startGateway();
    await until(isReady);
    const relayed = (await get('/market/BTCUSDT/candles?limit=5')).body as { candles: unknown[]; feedId: string };
    expect(relayed.candles).toHaveLength(5);
    expect((await get('/market/BTCUSDT/candles?limit=129')).body.candles).toHaveLength(129);
    expect((await get('/market/DOGE/candles')).status).toBe(404);
    expect((await get('/health')).body).toMatchObject({
      posture: null,
      permit: { state: 'none' },
      halt: null,
      stack: 'main',
    });
    const digest = `sha256:${'a'.repeat(64)}`;
    writeFileSync(path.join(dataDir, 'posture.json'), JSON.stringify({ digest, posture: {} }));
    expect((await get('/health')).body.posture).toEqual({ digest });
    writeFileSync(path.join(dataDir, 'posture.json'), '{"digest": "sha256:');
    expect((await get('/health')).body.posture).toBeNull();
    expect(await (await fetch(`${gateway!.url}/metrics`)).text()).toContain('cutover_gateway_orders_total');
  });

  test('stops on SIGTERM, and does not start without the venue key', async () => {
    await startGateway();
    expect(await gateway!.stop()).toBe(0);
    await startGateway({ VENUE_KEY_FILE: path.join(root, 'no-key') });
    expect(gateway!.process.exitCode).toBe(78);
  });
});

function mapConstants<T extends object>(value: T): { [K in keyof T]: fc.Arbitrary<T[K]> } {
  return Object.fromEntries(Object.entries(value).map(([name, constant]) => [name, fc.constant(constant)])) as never;
}
