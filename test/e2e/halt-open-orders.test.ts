import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { drawParts } from '../../report/live/page';
import { haltStack } from '../../scripts/halt';
import { StackWatch } from '../../scripts/live/stack-watch';
import { makeRealSystem, type RealSystem } from '../helpers/real-system';
import { post, until } from '../helpers/start-workload';

/**
 * A halt while orders are on their way: the venue executes slowly, on its test controls, so that an order of the backend
 * is open there when the halt comes. The venue's own record is the judge.
 */
let system: RealSystem;
let sends = 0;
const patient = { timeout: 60_000, interval: 100 };
const boundMs = 1_000;

beforeAll(async () => {
  system = await makeRealSystem();
  await system.up('paper');
  system.initialise();
  const live = await system.up('live');
  system.prove(null, live, ['preflight', 'snapshot', 'canary', 'drill']);
  await until(async () => (await system.get('gateway', '/health')).permit.state === 'held');
}, 120_000);
afterAll(() => system?.destroy(), 60_000);

/** What the live page would show, from now until the test ends. */
function startWatch(): StackWatch {
  const watch = new StackWatch({ name: 'main', version: '0.1.0' }, system.operations);
  watch.start();
  onTestFinished(() => watch.stop());
  return watch;
}

const send = () => {
  sends += 1;
  const side = sends % 2 === 1 ? 'buy' : 'sell';
  return system.post('backend', '/api/trade/execute', { symbol: 'BTCUSDT', side, qtyUsd: 10, confidence: 0.99 });
};

function venue(sql: string): Record<string, unknown>[] {
  const file = path.join(system.operations.dataOf('simulated-venue'), 'venue.db');
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

const secret = (name: string) => readFileSync(path.join(system.home, 'stacks', 'main', 'secrets', name), 'utf8').trim();
const atVenue = async (route: string, body: object, header: string, key: string) =>
  post(`${await system.operations.addressOf('simulated-venue')}${route}`, body, { [header]: secret(key) });
const delayOrders = (latencyMs: number) => atVenue('/control', { latencyMs }, 'x-control-key', 'venue-control-key');

const openNow = () =>
  venue(
    "SELECT client_order_id AS id FROM accepted_orders JOIN orders_received USING (id, client_order_id) WHERE status = 'open' AND token > 0",
  );
const statusOf = (id: unknown) =>
  venue(`SELECT status FROM orders_received WHERE client_order_id = '${id}'`)[0]?.status;
const lastAccepted = () =>
  Number(venue('SELECT max(received_ms) AS at FROM accepted_orders JOIN orders_received USING (id)')[0]!.at);
const counts = () =>
  venue('SELECT (SELECT count(*) FROM accepted_orders) AS accepted, (SELECT count(*) FROM executions) AS executed')[0];

describe('a halt while orders are open', { timeout: 90_000 }, () => {
  it('comes from a stack that the live page shows as live, as all of it says', async () => {
    const watch = startWatch();
    await expect.poll(() => drawParts(watch.view()).title, patient).toBe('LIVE - stack main');
    expect(drawParts(watch.view()).parts.permit).toMatch(/data-until="\d+">\d+ s</);
    await expect
      .poll(() => Object.values(watch.view().workloads).map(({ value }) => value), patient)
      .toMatchObject([
        { ok: true },
        { permit: { state: 'held', use: 'trade' }, openHalts: [], venue: { name: 'simulated' } },
        { ok: true },
        { tradingMode: 'live', risk: { locked: false } },
        { agents: [{ name: 'live_trader', state: 'running' }] },
        { grant: { state: 'granted' }, decision: { verdict: 'allow' }, replicas: { running: 6, expected: 6 } },
      ]);
  });

  it('lets orders rest when the venue is slow, and they are never executed late', async () => {
    await delayOrders(60_000);
    const before = system.executed();
    expect(await send()).toMatchObject({ code: 'deadline_passed' });
    expect(system.executed()).toBe(before);
    await delayOrders(0);
    await expect.poll(send, patient).toMatchObject({ executed: true, dryRun: false });
  });

  it('cancels what is open at the venue, the backend’s order and one that rests there, and accepts none after the bound', async () => {
    const rest = { clientOrderId: 'resting', symbol: 'BTCUSDT', side: 'buy', qtyUsd: 50, type: 'limit', limitPrice: 1 };
    expect((await atVenue('/orders', rest, 'x-api-key', 'venue-key')).body).toMatchObject({ status: 'open' });
    await delayOrders(60_000);
    const underWay = send();
    let open: Record<string, unknown>[] = [];
    await until(() => {
      open = openNow();
      return open.length > 0;
    });
    const halt = await haltStack('main', system.operations, 'the test says so');
    expect(halt).toMatchObject({ halted: true, problems: [] });
    for (const { id } of [...open, { id: 'resting' }]) expect(statusOf(id)).toBe('cancelled');
    expect(await underWay).toMatchObject({ code: expect.stringMatching(/^(order_cancelled|halted)$/) });
    expect(lastAccepted()).toBeLessThanOrEqual(Date.parse(halt.haltedAt) + boundMs);
    expect(venue("SELECT 1 FROM orders_received WHERE status = 'open'")).toEqual([]);
  });

  it('is followed by the live page, in words and orders', async () => {
    const watch = startWatch();
    await expect.poll(() => drawParts(watch.view()).title, patient).toBe('HALTED - stack main');
    expect(watch.view().workloads.gateway.value?.openHalts).toMatchObject([{ reason: 'the test says so' }]);
    await expect.poll(() => watch.view().orders.value?.some(({ code }) => code !== null), patient).toBe(true);
    await expect.poll(() => drawParts(watch.view()).parts.workloads, patient).toContain('stopped');
  });

  it('stays so when the venue is quick again and the backend still tries', async () => {
    await delayOrders(0);
    const before = counts();
    for (let tries = 0; tries < 3; tries += 1) expect(await send()).toMatchObject({ code: 'halted' });
    expect(counts()).toEqual(before);
    const late = `SELECT 1 FROM executions WHERE venue_ms > ${lastAccepted() + boundMs}`;
    expect(venue(late)).toEqual([]);
  });
});
