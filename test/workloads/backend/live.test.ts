import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPublicKey } from '../../../evidence/keys';
import { LiveVenue, livePosture } from '../../helpers/live-venue';
import { post, type RunningWorkload, startWorkload, until } from '../../helpers/start-workload';

// A backend in live mode with the real gateway and the real venue; the test stands in for the guardian.
let stack: LiveVenue;
let backend: RunningWorkload;

async function startBackend(name = 'backend'): Promise<RunningWorkload> {
  return startWorkload('workloads/backend/server.ts', {
    TRADING_MODE: 'live',
    SYMBOLS: 'BTCUSDT',
    CONFIDENCE_THRESHOLD: '0.55',
    RISK_LIMITS: '{"maxOrderUsd":5000,"maxPositionUsd":20000,"maxDrawdown":0.1,"maxOrdersPerMinute":1000}',
    GATEWAY_URL: stack.gateway.url,
    MODEL_SERVICE_URL: 'http://127.0.0.1:9',
    OPERATOR_TOKEN_FILE: path.join(stack.folder, 'key'),
    DATA_DIR: path.join(stack.folder, name),
  });
}

async function keyOf(url: string): Promise<string> {
  return ((await (await fetch(`${url}/instance`)).json()) as { key: string }).key;
}

async function grantTo(url: string): Promise<void> {
  const answer = await stack.grant({ instance: { key: await keyOf(url), starts: ['1', '2'] } });
  expect(answer.status).toBe(200);
}

async function execute(key: string, changes: object = {}, url = backend.url) {
  const order = { symbol: 'BTCUSDT', side: 'buy', qtyUsd: 100, confidence: 0.9, ...changes };
  return post(`${url}/api/trade/execute`, order, { 'idempotency-key': key });
}

function trades(): Record<string, unknown>[] {
  const database = new DatabaseSync(path.join(stack.folder, 'backend', 'trader.db'), { readOnly: true });
  try {
    return database.prepare('SELECT * FROM live_trades ORDER BY id').all();
  } finally {
    database.close();
  }
}

const atVenue = (id: string) => stack.witness('orders_received').filter((row) => row.client_order_id === id);

beforeAll(async () => {
  stack = await LiveVenue.start();
  writeFileSync(path.join(stack.folder, 'posture.json'), JSON.stringify({ digest: livePosture, posture: {} }));
  backend = await startBackend();
});
afterAll(async () => {
  await backend.stop('SIGKILL');
  await stack.stop();
});

describe('a live backend', () => {
  test('without a permit is refused by the gateway, and says so', async () => {
    const answer = await execute('early');
    expect(answer).toMatchObject({ status: 423, body: { code: 'permit_required', mode: 'live', dryRun: false } });
    expect(atVenue('early')).toEqual([]);
  });

  test('with a permit trades at the venue, once for each key, and records it', async () => {
    await grantTo(backend.url);
    await until(async () => (await execute(`wait-${Date.now()}`, { qtyUsd: 1 })).status === 200);
    const answer = await execute('one');
    expect(answer).toMatchObject({ status: 200, body: { executed: true, dryRun: false, mode: 'live', qtyUsd: 100 } });
    expect(await execute('one')).toEqual(answer);
    expect(atVenue('one')).toMatchObject([{ status: 'filled', qty_usd: 100 }]);
    const row = trades().find(({ client_order_id }) => client_order_id === 'one');
    expect(row).toMatchObject({ mode: 'live', status: 'filled', price: atVenue('one')[0]!.price });
    const health = (await (await fetch(`${backend.url}/health`)).json()) as Record<string, unknown>;
    expect(health).toMatchObject({ tradingMode: 'live', permit: { state: 'held' } });
    expect((health.risk as { equityUsd: number }).equityUsd).toBeLessThan(100_000);
  });

  test('of which a second one runs: only the permitted instance trades', async () => {
    const second = await startBackend('second');
    try {
      await grantTo(backend.url);
      expect((await execute('theirs', {}, second.url)).body.code).toBe('order_signature');
      expect((await execute('ours')).status).toBe(200);
      expect(atVenue('theirs')).toEqual([]);
    } finally {
      await second.stop('SIGKILL');
    }
  });

  test('has a new key at every start, and trades again when a permit names that', async () => {
    const before = await keyOf(backend.url);
    expect(readPublicKey(before).asymmetricKeyType).toBe('ed25519');
    expect(await keyOf(backend.url)).toBe(before);
    await grantTo(backend.url);
    await backend.stop('SIGKILL');
    backend = await startBackend();
    expect(await keyOf(backend.url)).not.toBe(before);
    expect((await execute('restarted')).body.code).toBe('order_signature');
    await grantTo(backend.url);
    expect((await execute('restarted again')).status).toBe(400);
    expect((await execute('restarted-again')).status).toBe(200);
  });

  test('settles an order whose outcome nobody knew', { timeout: 30_000 }, async () => {
    await grantTo(backend.url);
    await stack.control({ outageSeconds: 2 });
    expect((await execute('unknown')).status).toBe(503);
    await until(async () => (await execute('unknown')).status !== 503);
    expect((await execute('unknown')).body).toMatchObject({ code: 'venue_unreachable', dryRun: false });
    expect(stack.witness('executions').map((row) => row.client_order_id)).not.toContain('unknown');
  });

  test('is halted like everybody', async () => {
    await grantTo(backend.url);
    await stack.halt();
    expect(await execute('halted')).toMatchObject({ status: 423, body: { code: 'halted' } });
    expect(atVenue('halted')).toEqual([]);
  });
});
