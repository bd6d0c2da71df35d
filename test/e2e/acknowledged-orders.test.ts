import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeProject, prepareEngine, set, type TestProject } from '../helpers/project';
import { kill, until } from '../helpers/running-verb';

/** While agents trade, backend and gateway are killed at random moments: no acknowledged order is lost or doubled. */

let project: TestProject;

beforeAll(async () => {
  await prepareEngine();
  project = await makeProject((config) => {
    set(config, ['risk', 'maxOrdersPerMinute'], 1_000_000);
    set(config, ['risk', 'maxPositionUsd'], 90_000);
  });
  expect((await project.cutover('up')).exitCode).toBe(0);
});

afterAll(() => project?.destroy());

test('every acknowledged order is in trader.db and in gateway.db exactly once, whatever was killed', async () => {
  const client = postOrders();
  for (const victims of [['backend'], ['gateway'], ['backend', 'gateway']] as const) {
    await client.moreThan(10);
    await delay(Math.random() * 50);
    const pids = await project.pids();
    for (const victim of victims) kill(pids[victim]!, 'SIGKILL');
    const up = await project.cutover('up');
    expect(up.exitCode, up.stderr).toBe(0);
    expect(up.json.changes.map(({ name }: { name: string }) => name).sort()).toEqual([...victims]);
  }
  await client.moreThan(10);
  const agents = "SELECT 1 FROM live_trades WHERE agent = 'live_trader' LIMIT 1";
  await until(() => project.query('backend', 'trader.db', agents).length > 0);
  await client.stop();

  const trades = byKey(project.query('backend', 'trader.db', 'SELECT * FROM live_trades'), 'client_order_id');
  const orders = byKey(project.query('gateway', 'gateway.db', 'SELECT * FROM orders'), 'client_order_id');
  for (const [clientOrderId, answer] of client.acknowledged) {
    expect(trades.get(clientOrderId), clientOrderId).toMatchObject([{ status: 'filled', order_id: answer.orderId }]);
    expect(orders.get(clientOrderId), clientOrderId).toHaveLength(1);
    expect(orders.get(clientOrderId)![0]).toMatchObject({ price: answer.price, qty: answer.qty });
  }
  // An order that was never acknowledged is either settled or not there: none is left hanging.
  expect([...trades.values()].flat().filter(({ status }) => status === 'pending')).toEqual([]);
});

interface Answer {
  readonly executed: boolean;
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly price: number;
  readonly qty: number;
}

/** A client that posts small orders one after the other, each under a key of its own, and again until it is answered. */
function postOrders() {
  const acknowledged = new Map<string, Answer>();
  let stopping = false;
  const run = async () => {
    for (let count = 0; !stopping; count += 1) {
      const answer = await untilAnswered(`client-${count}`);
      if (!answer.executed) throw new Error(`an order was not executed: ${JSON.stringify(answer)}`);
      acknowledged.set(answer.clientOrderId, answer);
    }
  };
  const untilAnswered = async (key: string): Promise<Answer> => {
    for (;;) {
      const response = await fetch(`${project.address('backend')}/api/trade/execute`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ symbol: 'BTCUSDT', side: 'buy', qtyUsd: 10, confidence: 0.9, agent: 'client' }),
        signal: AbortSignal.timeout(5_000),
      }).catch(() => undefined);
      // An answer that breaks off in the middle is none.
      const answer = (await response?.json().catch(() => undefined)) as Answer | undefined;
      if (response && answer && response.status < 500) return answer;
      await delay(20);
    }
  };
  const running = run();
  return {
    acknowledged,
    /** Waits for this many more acknowledged orders. */
    moreThan: async (count: number) => {
      const enough = acknowledged.size + count;
      while (acknowledged.size < enough) await Promise.race([running, delay(5)]);
    },
    stop: () => {
      stopping = true;
      return running;
    },
  };
}

function byKey(rows: Record<string, unknown>[], key: string): Map<string, Record<string, unknown>[]> {
  return Map.groupBy(rows, (row) => String(row[key]));
}
