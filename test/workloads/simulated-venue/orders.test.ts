import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { crosses } from '../../../workloads/simulated-venue/order';
import { freePort } from '../../helpers/free-port';
import { post, type RunningWorkload, startWorkload, until } from '../../helpers/start-workload';

const folder = mkdtempSync(path.join(tmpdir(), 'venue-orders-'));
const key = { 'x-api-key': 'the-key' };
let venue: RunningWorkload;
let port: string;
let ids = 0;

async function start(): Promise<void> {
  venue = await startWorkload('workloads/simulated-venue/server.ts', {
    PORT: port,
    SYMBOLS: 'BTCUSDT',
    VENUE_ACCOUNT: 'sim-1',
    VENUE_KEY_FILE: path.join(folder, 'key'),
    VENUE_CONTROL_KEY_FILE: path.join(folder, 'control'),
    DATA_DIR: path.join(folder, 'data'),
    MARKET_FEED: JSON.stringify({ feed: 'embedded', seed: 7, speed: 60 }),
  });
}

function rows(table: string): Record<string, unknown>[] {
  const database = new DatabaseSync(path.join(folder, 'data', 'venue.db'), { readOnly: true });
  try {
    return database.prepare(`SELECT * FROM ${table} ORDER BY id`).all();
  } finally {
    database.close();
  }
}
const order = (changes: object = {}) => {
  ids += 1;
  return { clientOrderId: `id-${ids}`, symbol: 'BTCUSDT', side: 'buy', qtyUsd: 10, ...changes };
};
const place = (body: object) => post(`${venue.url}/orders`, body, key);
const control = (faults: unknown, headers: Record<string, string> = { 'x-control-key': 'control' }) =>
  post(`${venue.url}/control`, faults, headers);
async function get(route: string) {
  const response = await fetch(`${venue.url}${route}`, { headers: key });
  return { status: response.status, headers: response.headers, body: (await response.json()) as never };
}
async function cancel(route: string) {
  const response = await fetch(`${venue.url}${route}`, { method: 'DELETE', headers: key });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const time = async () => ((await get('/time')).body as { time: number }).time;
const statusOf = (id: string) => rows('orders_received').find((row) => row.client_order_id === id)!.status;
const isOpen = (id: string) =>
  rows('orders_received').some((row) => row.client_order_id === id && row.status === 'open');

beforeAll(async () => {
  writeFileSync(path.join(folder, 'key'), 'the-key');
  writeFileSync(path.join(folder, 'control'), 'control');
  port = String(await freePort());
  await start();
});
beforeEach(async () => {
  await control({ latencyMs: 0, rejectNext: 0, outageSeconds: 0 });
});
afterAll(async () => {
  await venue.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

describe('a deadline', () => {
  test('that has passed bars an order, one ahead does not', async () => {
    const now = await time();
    const late = order({ deadline: now - 1 });
    expect(await place(late)).toMatchObject({ status: 422, body: { code: 'deadline_passed', status: 'expired' } });
    const early = order({ deadline: now + 5_000, token: 7 });
    expect((await place(early)).body.status).toBe('filled');
    const executions = rows('executions');
    expect(executions.at(-1)).toMatchObject({ client_order_id: early.clientOrderId, token: 7, deadline: now + 5_000 });
    expect(executions.map((row) => row.client_order_id)).not.toContain(late.clientOrderId);
  });

  test('is looked at when an order is executed: one that waited longer is not', async () => {
    await control({ latencyMs: 300 });
    const now = await time();
    const [slow, patient] = [order({ deadline: now + 100 }), order({ deadline: now + 20_000 })];
    const answers = await Promise.all([place(slow), place(patient)]);
    expect(answers.map(({ body }) => body.status)).toEqual(['expired', 'filled']);
  });

  test('holds over a restart: what was open is not executed late', async () => {
    await control({ latencyMs: 60_000 });
    const waiting = order({ deadline: (await time()) + 300 });
    const answer = place(waiting).catch(() => undefined);
    await until(() => isOpen(waiting.clientOrderId));
    await venue.stop('SIGKILL');
    await answer;
    await start();
    await until(() => statusOf(waiting.clientOrderId) === 'expired');
  });
});

describe('a limit order', () => {
  test('rests until the market crosses it, and can be cancelled', async () => {
    const [far, gone, near] = [
      order({ type: 'limit', limitPrice: 1 }),
      order({ type: 'limit', limitPrice: 1 }),
      order({ type: 'limit', limitPrice: 1e9 }),
    ];
    expect((await place(far)).body.status).toBe('open');
    expect((await place(gone)).body.status).toBe('open');
    expect((await place(near)).body.status).toBe('filled');
    expect(((await get('/orders?status=open')).body as { orders: unknown[] }).orders).toHaveLength(2);
    expect((await cancel(`/orders/${far.clientOrderId}`)).body).toEqual({ cancelled: [far.clientOrderId] });
    expect((await cancel(`/orders/${far.clientOrderId}`)).status).toBe(404);
    expect((await cancel('/orders')).body).toEqual({ cancelled: [gone.clientOrderId] });
    expect((await get(`/orders/${gone.clientOrderId}`)).body).toMatchObject({ status: 'cancelled', price: null });
    expect(await place(gone)).toMatchObject({ status: 422, body: { code: 'order_cancelled' } });
  });

  test('survives a restart, and ends at its deadline', async () => {
    const resting = order({ type: 'limit', limitPrice: 1 });
    await place(resting);
    const short = order({ type: 'limit', limitPrice: 1, deadline: (await time()) + 200 });
    await place(short);
    await until(() => statusOf(short.clientOrderId) === 'expired');
    await venue.stop('SIGKILL');
    await start();
    expect(statusOf(resting.clientOrderId)).toBe('open');
    expect((await cancel('/orders')).body).toEqual({ cancelled: [resting.clientOrderId] });
  });

  test.each([
    ['market', 'buy', undefined, 5, true],
    ['limit', 'buy', 10, 10, true],
    ['limit', 'buy', 10, 10.1, false],
    ['limit', 'sell', 10, 10, true],
    ['limit', 'sell', 10, 9.9, false],
  ] as const)('%s %s at %s crosses a close of %s: %s', (type, side, limitPrice, close, expected) => {
    expect(crosses({ type, side, limitPrice }, close)).toBe(expected);
  });

  test('needs a price, and no other order has one', async () => {
    expect((await place(order({ type: 'limit' }))).body.code).toBe('invalid_order');
    expect((await place(order({ limitPrice: 1 }))).body.code).toBe('invalid_order');
  });
});

describe('a fault on request', () => {
  test('needs the control key, and a form', async () => {
    expect((await control({ rejectNext: 1 }, {})).status).toBe(401);
    expect((await control({ rejectNext: 1 }, key)).status).toBe(401);
    expect((await control({ rejectNext: -1 })).body.code).toBe('invalid_control');
    expect((await control({ rejectNxt: 1 })).body.code).toBe('invalid_control');
  });

  test('rejects as many orders as asked', async () => {
    await control({ rejectNext: 2 });
    const answers = [await place(order()), await place(order()), await place(order())];
    expect(answers.map(({ body }) => body.code ?? body.status)).toEqual(['order_rejected', 'order_rejected', 'filled']);
  });

  test('is an outage of everything, and what met it is in the record', async () => {
    const resting = order({ type: 'limit', limitPrice: 1 });
    await place(resting);
    expect((await control({ outageSeconds: 600 })).body).toMatchObject({ rejectNext: 0 });
    const lost = order();
    expect((await place(lost)).body.code).toBe('venue_outage');
    expect(statusOf(lost.clientOrderId)).toBe('venue_outage');
    for (const route of ['/health', '/time', '/candles?symbol=BTCUSDT', '/orders'])
      expect((await get(route)).status).toBe(503);
    expect((await cancel('/orders')).status).toBe(503);
    await control({ outageSeconds: 0 });
    expect((await cancel('/orders')).body).toEqual({ cancelled: [resting.clientOrderId] });
    expect((await place(lost)).status).toBe(200);
  });
});

describe("the venue's time", () => {
  test('is in every answer, and nobody but the account reads and cancels orders', async () => {
    const [first, second] = [await get('/health'), await get('/nothing')];
    expect(Number(second.headers.get('x-venue-time'))).toBeGreaterThanOrEqual(
      Number(first.headers.get('x-venue-time')),
    );
    for (const [method, route] of [
      ['GET', '/orders'],
      ['GET', '/orders/x'],
      ['DELETE', '/orders'],
      ['DELETE', '/orders/x'],
    ])
      expect((await fetch(`${venue.url}${route}`, { method: method! })).status).toBe(401);
  });
});
