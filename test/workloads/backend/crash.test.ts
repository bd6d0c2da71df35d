import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../helpers/start-workload';
import { type Harness, startHarness } from './harness';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.stop());

const rowOf = (key: string) => harness.rows('live_trades').find((row) => row.client_order_id === key);
const timesSent = (key: string) => harness.gateway.received.filter((order) => order.clientOrderId === key).length;

describe('after kill -9 with an order under way', () => {
  it('an order that the gateway filled is settled at start, and not traded again', async () => {
    harness.gateway.behaviour = 'swallow';
    const lost = harness.execute({}, 'filled').catch(() => 'no answer');
    await until(() => harness.gateway.fills.has('filled'));
    expect(rowOf('filled')).toMatchObject({ status: 'pending' });
    await harness.backend.stop('SIGKILL');
    expect(await lost).toBe('no answer');

    harness.gateway.behaviour = 'fill';
    await harness.restart();
    const { orderId } = harness.gateway.fills.get('filled')!;
    expect(rowOf('filled')).toMatchObject({ status: 'filled', order_id: orderId, qty: 0.02 });
    expect(await harness.execute({}, 'filled')).toMatchObject({ status: 200, body: { executed: true, orderId } });
    expect(timesSent('filled')).toBe(1);
  });

  it('an order that never arrived is given up after a while; its key can still be used, and trades once', async () => {
    harness.gateway.behaviour = 'lose';
    for (const key of ['lost', 'late']) {
      const lost = harness.execute({}, key).catch(() => 'no answer');
      await until(() => timesSent(key) === 1);
      await harness.backend.stop('SIGKILL');
      await lost;
      await harness.restart();
    }
    harness.gateway.behaviour = 'fill';
    // Not known yet: it may still be on its way, so it is neither given up nor sent again.
    expect(await harness.execute({}, 'late')).toMatchObject({ status: 503, body: { code: 'gateway_unavailable' } });
    await until(() => ['lost', 'late'].every((key) => rowOf(key)!.status === 'failed'));
    expect(rowOf('lost')).toMatchObject({ reason: 'not_sent' });

    const answer = await harness.execute({}, 'lost');
    expect(answer).toMatchObject({ status: 200, body: { executed: true } });
    expect(await harness.execute({}, 'lost')).toEqual(answer);
    expect(timesSent('lost')).toBe(2);

    // One that arrives even later is found, and not sent again.
    harness.gateway.fills.set('late', { ...harness.gateway.received[1]!, orderId: 'stub-late' });
    expect(await harness.execute({}, 'late')).toMatchObject({ status: 200, body: { orderId: 'stub-late' } });
    expect(timesSent('late')).toBe(1);
    expect(harness.gateway.fills.size).toBe(2);
  });

  it('the gateway may be away at start: the backend starts, and settles when it is back', async () => {
    harness.gateway.behaviour = 'swallow';
    const lost = harness.execute({}, 'away').catch(() => 'no answer');
    await until(() => harness.gateway.fills.has('away'));
    await harness.backend.stop('SIGKILL');
    await lost;
    await harness.gateway.stop();
    await harness.restart();
    expect(rowOf('away')).toMatchObject({ status: 'pending' });
    expect(await harness.execute({}, 'away')).toMatchObject({ status: 503, body: { code: 'gateway_unavailable' } });
    harness.gateway.behaviour = 'fill';
    await harness.gateway.start(harness.gateway.port);
    await until(() => rowOf('away')!.status === 'filled');
    expect(timesSent('away')).toBe(1);
  });
});

it('loses nothing it answered for, and trades nothing twice, however often it is killed', async () => {
  const answered = new Map<string, unknown>();
  const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);
  for (const kill of [3, 11, 20]) {
    const trading = (async () => {
      for (const key of keys) {
        const answer = await harness.execute({ qtyUsd: 10 }, key);
        if (answer.status !== 200) continue;
        // Whoever was answered before hears the same again.
        expect(answered.get(key) ?? answer.body).toEqual(answer.body);
        answered.set(key, answer.body);
      }
    })().catch(() => 'killed');
    await until(() => harness.gateway.fills.size >= kill);
    await harness.backend.stop('SIGKILL');
    await trading;
    for (const [key, body] of answered) {
      const { orderId } = body as { orderId: string };
      expect(rowOf(key)).toMatchObject({ status: 'filled', order_id: orderId });
    }
    await harness.restart();
  }
  for (const key of keys) await until(async () => (await harness.execute({ qtyUsd: 10 }, key)).status === 200);
  const filled = harness.rows('live_trades').filter((row) => row.status === 'filled');
  expect(filled.map((row) => [row.client_order_id, row.order_id]).toSorted()).toEqual(
    [...harness.gateway.fills.values()].map(({ clientOrderId, orderId }) => [clientOrderId, orderId]).toSorted(),
  );
  expect(filled).toHaveLength(keys.length);
});

it('sends nothing that it cannot write down first', async () => {
  const other = new DatabaseSync(path.join(harness.dataDir, 'trader.db'));
  other.exec('BEGIN IMMEDIATE'); // the backend cannot write while this is open
  expect(await harness.execute({}, 'unwritten')).toMatchObject({ status: 503, body: { code: 'persistence_failed' } });
  expect(harness.gateway.received).toEqual([]);
  other.exec('ROLLBACK');
  other.close();
  expect(await harness.execute({}, 'unwritten')).toMatchObject({ status: 200, body: { executed: true } });
  const metrics = await (await fetch(`${harness.backend.url}/metrics`)).text();
  expect(metrics).toMatch(/backend_persistence_failures_total\{[^}]*\} [1-9]/);
  expect(harness.backend.output()).toContain('"level":"ERROR"');
});

it('a database that is damaged stops the start, and is left as it is', async () => {
  await harness.backend.stop();
  writeFileSync(path.join(harness.dataDir, 'trader.db'), 'not a database '.repeat(1_000));
  await harness.restart();
  expect(harness.backend.process.exitCode).toBe(1);
  expect(harness.backend.output()).toContain('not a database');
});
