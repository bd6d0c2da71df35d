import { DatabaseSync } from 'node:sqlite';
import type { Fill } from './book';
import { LiveOrders } from './live-orders';
import type { Order, OrderRecord } from './order';

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value REAL NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_at TEXT NOT NULL, client_order_id TEXT, mode TEXT, symbol TEXT,
    side TEXT, qty_usd REAL, agent TEXT, status TEXT NOT NULL, code TEXT, message TEXT, body TEXT,
    price REAL, price_usd REAL, qty REAL, fee_usd REAL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS by_client_order_id ON orders (client_order_id);
  CREATE UNIQUE INDEX IF NOT EXISTS filled_once ON orders (client_order_id) WHERE status = 'filled';
`;

const columns = `id, iif(status = 'filled', mode || '-' || id, NULL) AS orderId, client_order_id AS clientOrderId,
  received_at AS receivedAt, mode, symbol, side, qty_usd AS qtyUsd, agent, status, code, message, price, qty,
  qty * price_usd AS valueUsd, fee_usd AS feeUsd, iif(status = 'filled', received_at, NULL) AS filledAt`;

const peakKeys = { paper: 'peak_usd', live: 'live_peak_usd' } as const;

/** The gateway's database: every order, accepted or refused, and the peak of each book's equity. */
export class OrderStore {
  /** The live orders that were admitted. */
  readonly live: LiveOrders;
  private readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = new DatabaseSync(file);
    this.database.exec(schema);
    this.live = new LiveOrders(this.database);
  }

  /** Records a fill. It is on disk when this returns. `price` is in the quote currency. */
  addFill(order: Order, fill: Fill, price: number, now: number): OrderRecord {
    const { clientOrderId, mode, symbol, side, qtyUsd, agent = null } = order;
    const { lastInsertRowid } = this.database
      .prepare(`INSERT INTO orders (received_at, client_order_id, mode, symbol, side, qty_usd, agent, status,
        price, price_usd, qty, fee_usd) VALUES (?, ?, ?, ?, ?, ?, ?, 'filled', ?, ?, ?, ?)`)
      .run(iso(now), clientOrderId, mode, symbol, side, qtyUsd, agent, price, fill.priceUsd, fill.qty, fill.feeUsd);
    return this.database.prepare(`SELECT ${columns} FROM orders WHERE id = ?`).get(lastInsertRowid) as never;
  }

  /** Records what became of a live order that was admitted: its fill, or why it will never be filled. */
  settleLive(
    order: Order,
    outcome: { fill: Fill; price: number } | { code: string; message: string },
    now: number,
  ): void {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      if ('fill' in outcome) this.addFill(order, outcome.fill, outcome.price, now);
      else this.addRefusal(order, outcome, '', now);
      this.live.settle(order.clientOrderId, 'fill' in outcome ? 'executed' : 'dead');
      this.database.exec('COMMIT');
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Records a refused order: its fields when they could be read, always its body. */
  addRefusal(order: Partial<Order>, refusal: { code: string; message: string }, body: string, now: number): void {
    const { clientOrderId = null, mode = null, symbol = null, side = null, qtyUsd = null, agent = null } = order;
    this.database
      .prepare(`INSERT INTO orders (received_at, client_order_id, mode, symbol, side, qty_usd, agent, status,
        code, message, body) VALUES (?, ?, ?, ?, ?, ?, ?, 'refused', ?, ?, ?)`)
      .run(iso(now), clientOrderId, mode, symbol, side, qtyUsd, agent, refusal.code, refusal.message, body);
  }

  /** What became of a client order id: its fill, that it is open, else its last refusal. */
  find(clientOrderId: string): OrderRecord | undefined {
    const record = this.database
      .prepare(
        `SELECT ${columns} FROM orders WHERE client_order_id = ? ORDER BY status = 'filled' DESC, id DESC LIMIT 1`,
      )
      .get(clientOrderId) as OrderRecord | undefined;
    return record?.status === 'filled' ? record : (this.live.findOpen(clientOrderId) ?? record);
  }

  /** The orders recorded after `since`, oldest first. */
  list(since: number, limit: number): OrderRecord[] {
    return this.database
      .prepare(`SELECT ${columns} FROM orders WHERE id > ? ORDER BY id LIMIT ?`)
      .all(since, limit) as never;
  }

  /** All fills of a mode, in the order in which they happened. */
  fills(mode: Order['mode']): Fill[] {
    const sql = `SELECT symbol, side, qty, price_usd AS priceUsd, fee_usd AS feeUsd FROM orders
      WHERE status = 'filled' AND mode = ? ORDER BY id`;
    return this.database.prepare(sql).all(mode) as never;
  }

  /** How many orders were accepted (filled, or live and open), and refused by code, over all time. */
  counts(): { accepted: number; refused: Record<string, number> } {
    const rows = this.database.prepare('SELECT code, count(*) AS count FROM orders GROUP BY code').all();
    const refused = rows.filter((row) => row.code !== null).map((row) => [row.code, row.count]);
    return {
      accepted: ((rows.find((row) => row.code === null)?.count as number) ?? 0) + this.live.countOpen(),
      refused: Object.fromEntries(refused),
    };
  }

  /** The highest equity that was ever recorded of a mode's book, in USD. */
  peak(mode: Order['mode']): number {
    return (this.database.prepare('SELECT value FROM meta WHERE key = ?').get(peakKeys[mode])?.value as number) ?? 0;
  }

  savePeak(mode: Order['mode'], equityUsd: number): void {
    this.database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(peakKeys[mode], equityUsd);
  }

  close(): void {
    this.database.close();
  }
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
