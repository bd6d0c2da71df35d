import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { post, type RunningWorkload, startWorkload, until } from '../../helpers/start-workload';
import { makeCsv } from './make-csv';

let folder: string;
let venue: RunningWorkload | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'venue-'));
  writeFileSync(path.join(folder, 'key'), 'the-key\n');
});
afterEach(async () => {
  await venue?.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function start(feed: object = { feed: 'embedded', seed: 7, speed: 1 }): Promise<RunningWorkload> {
  venue = await startWorkload('workloads/simulated-venue/server.ts', {
    SYMBOLS: 'BTCUSDT',
    VENUE_ACCOUNT: 'sim-1',
    VENUE_KEY_FILE: path.join(folder, 'key'),
    DATA_DIR: path.join(folder, 'data'),
    MARKET_FEED: JSON.stringify(feed),
  });
  return venue;
}
function received(): Record<string, unknown>[] {
  const database = new DatabaseSync(path.join(folder, 'data', 'venue.db'), { readOnly: true });
  try {
    return database.prepare('SELECT * FROM orders_received ORDER BY id').all();
  } finally {
    database.close();
  }
}
async function health(): Promise<Record<string, unknown>> {
  return (await (await fetch(`${venue!.url}/health`)).json()) as never;
}

const order = { clientOrderId: 'one', symbol: 'BTCUSDT', side: 'buy', qtyUsd: 100 };
const key = { 'x-api-key': 'the-key' };

describe('simulated venue', () => {
  test('records every request to place an order, whatever is wrong with it', async () => {
    const { url } = await start();
    expect((await post(`${url}/orders`, order)).status).toBe(401);
    expect((await post(`${url}/orders`, order, { 'x-api-key': 'wrong' })).status).toBe(401);
    expect((await post(`${url}/orders`, '{malformed', key)).status).toBe(400);
    expect((await post(`${url}/orders`, order, { ...key, 'content-type': 'text/plain' })).status).toBe(400);
    expect((await post(`${url}/orders`, order, { ...key, 'content-type': '\\' })).status).toBeGreaterThanOrEqual(400);
    expect((await post(`${url}/orders`, 'x'.repeat(1_000_000), key)).status).toBe(400);
    expect((await fetch(`${url}/orders`, { method: 'POST', headers: key })).status).toBe(400);
    expect((await post(`${url}/orders`, { ...order, symbol: 'DOGE', qtyUsd: -1 }, key)).body.failures).toHaveLength(1);
    expect((await post(`${url}/orders`, order, key)).status).toBe(200);
    const rows = received();
    expect(rows.map((row) => row.status).slice(0, 2)).toEqual(['invalid_key', 'invalid_key']);
    expect(rows.map((row) => row.authenticated)).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1]);
    expect(rows[0]).toMatchObject({ client_order_id: 'one', symbol: 'BTCUSDT', side: 'buy', qty_usd: 100 });
    expect(rows[2]).toMatchObject({ status: 'invalid_order', body: '{malformed' });
    expect(rows.at(-1)).toMatchObject({ status: 'filled', qty_usd: 100 });
  });

  test('records a request whose sender hangs up half-way', async () => {
    const { url } = await start();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      'POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"cl',
    );
    await until(() => received().length === 1);
    socket.destroy();
    await until(() => received()[0]!.status !== 'received');
  });

  test('fills an id once, also when it comes many times at once', async () => {
    const { url } = await start();
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(`${url}/orders`, order, key)));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers[0]!.body).toMatchObject({ status: 'filled', qtyUsd: 100, feeUsd: 0.1 });
    expect((await post(`${url}/orders`, { ...order, qtyUsd: 101 }, key)).body.code).toBe('idempotency_conflict');
    const listed = await (await fetch(`${url}/orders`, { headers: key })).json();
    expect(listed).toEqual({ orders: [answers[0]!.body] });
    expect((await fetch(`${url}/orders`)).status).toBe(401);
  });

  test('goes on after a kill with the same market and without going back', async () => {
    await start({ feed: 'embedded', seed: 7, speed: 5_000 });
    const before = await health();
    await venue!.stop('SIGKILL');
    await start({ feed: 'embedded', seed: 7, speed: 1 });
    const after = await health();
    expect(after.feedId).toBe(before.feedId);
    expect(String(after.marketTime) >= String(before.marketTime)).toBe(true);
    await venue!.stop();
    await start({ feed: 'embedded', seed: 8, speed: 1 });
    expect((await health()).feedId).not.toBe(before.feedId);
  });

  test('a recorded market ends: candles stay, orders are refused', async () => {
    const file = path.join(folder, 'market.csv');
    writeFileSync(file, makeCsv(140));
    const { url } = await start({ feed: 'recorded', files: { BTCUSDT: file }, usdPerQuote: 15_000, speed: 10_000 });
    await until(async () => (await health()).market === 'ended');
    const answer = (await (await fetch(`${url}/candles?symbol=BTCUSDT&limit=200`)).json()) as { candles: unknown[] };
    expect(answer).toMatchObject({ market: 'ended', usdPerQuote: 15_000, intervalSeconds: 300 });
    expect(answer.candles).toHaveLength(140);
    expect(await post(`${url}/orders`, order, key)).toMatchObject({ status: 503, body: { code: 'market_ended' } });
    expect(received()[0]!.status).toBe('market_ended');
    expect((await fetch(`${url}/candles?symbol=NOPE`)).status).toBe(404);
    expect((await fetch(`${url}/candles?symbol=BTCUSDT&limit=0`)).status).toBe(400);
  });

  test('quantities are in USD also when prices are not', async () => {
    const file = path.join(folder, 'market.csv');
    writeFileSync(file, makeCsv(200));
    const { url } = await start({ feed: 'recorded', files: { BTCUSDT: file }, usdPerQuote: 15_000, speed: 1 });
    const { body } = await post(`${url}/orders`, order, key);
    expect(Number(body.price) * 15_000 * Number(body.qty)).toBeCloseTo(100, 9);
  });

  test('does not start with a market that cannot be read', async () => {
    const file = path.join(folder, 'market.csv');
    writeFileSync(file, 'time,open\n1,2\n');
    await start({ feed: 'recorded', files: { BTCUSDT: file } });
    expect(venue!.process.exitCode).toBe(78);
    expect(venue!.output()).toContain('malformed_candles');
    expect(venue!.output()).toContain('line 1: expected the header');
  });

  test('does not start with an empty key', async () => {
    writeFileSync(path.join(folder, 'key'), '\n');
    await start();
    expect(venue!.process.exitCode).toBe(78);
  });
});
