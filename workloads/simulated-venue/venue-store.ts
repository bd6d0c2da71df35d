import { DatabaseSync } from 'node:sqlite';
import type { Side } from '../../market/fill';
import type { MarketClock } from '../../market/market-clock';

/** What could be read of an order; anything that came in the wrong form is null. */
export interface ReceivedOrder {
  readonly body: string;
  readonly clientOrderId: string | null;
  readonly symbol: string | null;
  readonly side: string | null;
  readonly qtyUsd: number | null;
}

/** A filled order. `price` is in the quote currency, `qtyUsd` and `feeUsd` are in USD. */
export interface FilledOrder {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly status: 'filled';
  readonly price: number;
  readonly qty: number;
  readonly qtyUsd: number;
  readonly feeUsd: number;
  readonly filledAt: string;
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS orders_received (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_at TEXT NOT NULL, authenticated INTEGER NOT NULL,
    client_order_id TEXT, symbol TEXT, side TEXT, qty_usd REAL, status TEXT NOT NULL, price REAL, body TEXT,
    qty REAL, fee_usd REAL, filled_at TEXT
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS filled_once ON orders_received (client_order_id) WHERE status = 'filled';
`;

const filledColumns = `'sim-' || id AS orderId, client_order_id AS clientOrderId, symbol, side, status, price, qty,
  qty_usd AS qtyUsd, fee_usd AS feeUsd, filled_at AS filledAt`;

/** The venue's database: the market clock, and every order request that reached it. */
export class VenueStore {
  private readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = new DatabaseSync(file);
    this.database.exec(schema);
  }

  /** Records that a request came in, before anything about it is judged. Returns the record's id. */
  receive(now: number, authenticated: boolean): number {
    const insert = this.database.prepare(
      `INSERT INTO orders_received (received_at, authenticated, status) VALUES (?, ?, 'received')`,
    );
    return Number(insert.run(new Date(now).toISOString(), authenticated ? 1 : 0).lastInsertRowid);
  }

  /** Adds to the record what the request carried. */
  describe(id: number, order: ReceivedOrder): void {
    this.database
      .prepare(
        'UPDATE orders_received SET body = ?, client_order_id = ?, symbol = ?, side = ?, qty_usd = ? WHERE id = ?',
      )
      .run(order.body, order.clientOrderId, order.symbol, order.side, order.qtyUsd, id);
  }

  /** Closes the record without a fill. `status` is the error's code, or `repeated` for a known order. */
  settle(id: number, status: string): void {
    this.database.prepare(`UPDATE orders_received SET status = ? WHERE id = ?`).run(status, id);
  }

  /** Closes the record with a fill, and returns it as it is from now on. */
  fill(id: number, fill: { price: number; qty: number; feeUsd: number; now: number }): FilledOrder {
    this.database
      .prepare(
        `UPDATE orders_received SET status = 'filled', price = ?, qty = ?, fee_usd = ?, filled_at = ? WHERE id = ?`,
      )
      .run(fill.price, fill.qty, fill.feeUsd, new Date(fill.now).toISOString(), id);
    return this.database.prepare(`SELECT ${filledColumns} FROM orders_received WHERE id = ?`).get(id) as never;
  }

  /** The fill of a client order id, if it has one. */
  findFilled(clientOrderId: string): FilledOrder | undefined {
    return this.database
      .prepare(`SELECT ${filledColumns} FROM orders_received WHERE client_order_id = ? AND status = 'filled'`)
      .get(clientOrderId) as FilledOrder | undefined;
  }

  /** The account's filled orders, oldest first. */
  listFilled(): FilledOrder[] {
    return this.database
      .prepare(`SELECT ${filledColumns} FROM orders_received WHERE status = 'filled' ORDER BY id`)
      .all() as never;
  }

  loadClock(): MarketClock | undefined {
    const row = this.database.prepare(`SELECT value FROM meta WHERE key = 'clock'`).get();
    return row && JSON.parse(row.value as string);
  }

  saveClock(clock: MarketClock): void {
    this.database.prepare(`INSERT OR REPLACE INTO meta VALUES ('clock', ?)`).run(JSON.stringify(clock));
  }

  close(): void {
    this.database.close();
  }
}
