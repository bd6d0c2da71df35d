import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gatherConfidence, gatherLatency } from '../../../../report/page/gather/trades';
import { TradeStore } from '../../../../workloads/backend/trade-store';

const start = Date.parse('2026-01-02T03:00:00Z');
const folder = mkdtempSync(path.join(tmpdir(), 'trades-'));
const file = path.join(folder, 'trader.db');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Twenty orders within a second that took 1 to 20 ms, one that is pending, and one that was never sent.
beforeAll(() => {
  new TradeStore(file).close();
  const database = new DatabaseSync(file);
  const insert = database.prepare(`INSERT INTO live_trades (pair, side, status, created_at, mode, qty_usd, confidence,
    client_order_id, updated_at, symbol, sent_at) VALUES ('P', 'buy', ?, ?, 'paper', 1, ?, ?, ?, 'S', ?)`);
  const iso = (at: number) => new Date(at).toISOString();
  for (let ms = 1; ms <= 20; ms += 1)
    insert.run('filled', iso(start + ms), ms / 20, `o${ms}`, iso(start + 10 + ms), iso(start + 10));
  insert.run('pending', iso(start + 5), 0, 'pending', iso(start + 999), iso(start + 5));
  insert.run('not_executed', iso(start + 6), 0.04, 'held', iso(start + 6), null);
  database.close();
});

it('gives median, 95th percentile and slowest of the orders whose outcome is known', () => {
  expect(gatherLatency(file)).toMatchObject({
    found: { orders: 20, slots: [{ orders: 20, median: 10, p95: 19, max: 20 }] },
  });
});

it('counts every trade in its twentieth, also those at both ends, and by the model of its time', () => {
  const all = gatherConfidence(file, []);
  const [only] = 'found' in all ? all.found.histograms : [];
  expect(only).toMatchObject({ version: null, total: 22 });
  expect(only!.counts).toEqual([2, ...new Array(18).fill(1), 2]);
  const starts = ['1', '2', '3', '2'].map((version, index) => ({ at: start + 1 + index * 5, version }));
  const split = gatherConfidence(file, starts);
  expect(split).toMatchObject({
    found: {
      histograms: [
        { version: '2', total: 11 },
        { version: '3', total: 5 },
      ],
      older: 6,
    },
  });
});
