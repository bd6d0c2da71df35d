import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { countCloses } from '../../../scripts/shared/realized-closes';
import { TradeStore } from '../../../workloads/backend/trade-store';
import { fakeOperations } from '../../helpers/fake-operations';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-closes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const fileOf = (workload: string, name: string) => {
  mkdirSync(path.join(folder, workload, 'data'), { recursive: true });
  return path.join(folder, workload, 'data', name);
};
const count = () => countCloses(fakeOperations(folder), 'live');

/** The trader's record, as the shipped backend makes it, with some rows of each sort. */
function makeTrades(): string {
  const file = fileOf('backend', 'trader.db');
  new TradeStore(file).close();
  const database = new DatabaseSync(file);
  const add = database.prepare(
    `INSERT INTO live_trades (pair, side, status, created_at, mode, qty_usd, confidence, client_order_id, updated_at, symbol)
     VALUES ('BTCUSDT', ?, ?, '2026-01-01', ?, 1, 1, ?, '2026-01-01', 'BTCUSDT')`,
  );
  const rows = [
    ['buy', 'filled', 'live'],
    ['sell', 'filled', 'live'],
    ['sell', 'filled', 'live'],
    ['sell', 'refused', 'live'],
    ['sell', 'filled', 'paper'],
  ];
  rows.forEach((row, index) => void add.run(...row, `id-${index}`));
  database.close();
  return file;
}

function makeExits(workload: string): void {
  const database = new DatabaseSync(fileOf(workload, 'exit_manager.db'));
  database.exec(`CREATE TABLE exits (id INTEGER, pair TEXT, mode TEXT, status TEXT, created_at TEXT);
    INSERT INTO exits VALUES (1, 'BTCUSDT', 'live', 'closed', ''), (2, 'BTCUSDT', 'live', 'open', ''),
      (3, 'BTCUSDT', 'paper', 'closed', '')`);
  database.close();
}

it("counts the filled sales of the mode in the trader's own record", () => {
  makeTrades();
  makeExits('orchestrator');
  expect(count()).toEqual({ source: 'trader.db', total: 2 });
});

it.each([
  ['is missing', () => {}],
  ['is no database', () => writeFileSync(fileOf('backend', 'trader.db'), 'this is no database, but it is long enough')],
  ['is cut short', () => truncateSync(makeTrades(), 1_000)],
  ['has no trades in it', () => void new DatabaseSync(fileOf('backend', 'trader.db')).exec('CREATE TABLE other (x)')],
])('falls back to the exit manager where it %s, and says so', (_what, breakIt) => {
  breakIt();
  expect(count).toThrow(/^trader\.db: .*; exit_manager\.db: neither backend nor orchestrator keeps it$/);
  makeExits('orchestrator');
  expect(count()).toEqual({ source: 'exit_manager.db', total: 1 });
});
