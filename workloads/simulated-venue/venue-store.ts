import { DatabaseSync } from 'node:sqlite';
import type { Side } from '../../market/fill';
import type { MarketClock } from '../../market/market-clock';
import type { VenueOrder } from './order';

/** What could be read of an order; anything that came in the wrong form is null. */
export interface ReceivedOrder {
  readonly body: string;
  readonly clientOrderId: string | null;
  readonly symbol: string | null;
  readonly side: string | null;
  readonly qtyUsd: number | null;
}

/** What became of an order that the venue accepted, or rejected on its own. */
export type OrderStatus = 'open' | 'filled' | 'rejected' | 'expired' | 'cancelled';

/** An order of the account. `price` is in the quote currency, `qtyUsd` and `feeUsd` are in USD; null until it is filled. */
export interface AccountOrder {
  readonly orderId: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly status: OrderStatus;
  readonly price: number | null;
  readonly qty: number | null;
  readonly qtyUsd: number;
  readonly feeUsd: number | null;
  readonly filledAt: string | null;
}

/** An order that waits for its execution. `dueAt` and `deadline` are the venue's time, milliseconds. */
export interface OpenOrder extends Pick<AccountOrder, 'clientOrderId' | 'symbol' | 'side' | 'qtyUsd'> {
  readonly id: number;
  readonly type: VenueOrder['type'];
  readonly limitPrice: number | null;
  readonly deadline: number | null;
  readonly dueAt: number;
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
  CREATE TABLE IF NOT EXISTS accepted_orders (
    id INTEGER PRIMARY KEY REFERENCES orders_received (id), client_order_id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    limit_price REAL, deadline REAL, token INTEGER, due_ms REAL NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS executions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, order_id INTEGER NOT NULL UNIQUE, client_order_id TEXT NOT NULL,
    venue_ms REAL NOT NULL, deadline REAL, token INTEGER, symbol TEXT NOT NULL, side TEXT NOT NULL, qty_usd REAL NOT NULL,
    price REAL NOT NULL, qty REAL NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS filled_once ON orders_received (client_order_id) WHERE status = 'filled';
`;

const columns = `'sim-' || id AS orderId, client_order_id AS clientOrderId, symbol, side, status, price, qty,
  qty_usd AS qtyUsd, fee_usd AS feeUsd, filled_at AS filledAt`;
const accepted = `status IN ('open', 'filled', 'rejected', 'expired', 'cancelled')`;

/** The venue's database: the market clock, every order request that reached it, and every execution. */
export class VenueStore {
  private readonly database: DatabaseSync;

  constructor(file: string) {
    this.database = new DatabaseSync(file);
    this.database.exec(schema);
    const names = this.database.prepare(`SELECT name FROM pragma_table_info('orders_received')`).all();
    // A database of an earlier version is used on: its record is kept.
    if (!names.some(({ name }) => name === 'received_ms'))
      this.database.exec('ALTER TABLE orders_received ADD COLUMN received_ms REAL');
  }

  /** Records that a request came in, before anything about it is judged. Returns the record's id. */
  receive(now: number, venueMs: number, authenticated: boolean): number {
    const insert = this.database.prepare(
      `INSERT INTO orders_received (received_at, received_ms, authenticated, status) VALUES (?, ?, ?, 'received')`,
    );
    return Number(insert.run(new Date(now).toISOString(), venueMs, authenticated ? 1 : 0).lastInsertRowid);
  }

  /** Adds to the record what the request carried. */
  describe(id: number, order: ReceivedOrder): void {
    this.database
      .prepare(
        'UPDATE orders_received SET body = ?, client_order_id = ?, symbol = ?, side = ?, qty_usd = ? WHERE id = ?',
      )
      .run(order.body, order.clientOrderId, order.symbol, order.side, order.qtyUsd, id);
  }

  /** Closes the record of a request that placed no order. `status` is the error's code, or `repeated`. */
  settle(id: number, status: string): void {
    this.database.prepare(`UPDATE orders_received SET status = ? WHERE id = ? AND NOT ${accepted}`).run(status, id);
  }

  /** Takes an order into the book. @param dueAt when it is executed at the earliest, the venue's time */
  open(id: number, order: VenueOrder, dueAt: number): void {
    const { clientOrderId, type, limitPrice = null, deadline = null, token = null } = order;
    this.transact(() => {
      this.database
        .prepare(`INSERT INTO accepted_orders (id, client_order_id, type, limit_price, deadline, token, due_ms)
          VALUES (?, ?, ?, ?, ?, ?, ?)`)
        .run(id, clientOrderId, type, limitPrice, deadline, token, dueAt);
      this.database.prepare(`UPDATE orders_received SET status = 'open' WHERE id = ?`).run(id);
    });
  }

  listOpen(): OpenOrder[] {
    return this.database
      .prepare(`SELECT r.id, r.client_order_id AS clientOrderId, symbol, side, qty_usd AS qtyUsd, type,
        limit_price AS limitPrice, deadline, due_ms AS dueAt FROM orders_received r JOIN accepted_orders USING (id)
        WHERE status = 'open' ORDER BY r.id`)
      .all() as never;
  }

  /** Ends an order without a fill. */
  end(id: number, status: 'rejected' | 'expired' | 'cancelled', clientOrderId: string): AccountOrder {
    this.database
      .prepare(`UPDATE orders_received SET status = ? WHERE id = ? AND client_order_id = ?`)
      .run(status, id, clientOrderId);
    return this.get(id);
  }

  /** Fills an open order. @param fill.venueMs the venue's time @param fill.now wall time, both in milliseconds */
  fill(id: number, fill: { price: number; qty: number; feeUsd: number; venueMs: number; now: number }): void {
    const { price, qty, feeUsd, venueMs, now } = fill;
    this.transact(() => {
      this.database
        .prepare(
          `UPDATE orders_received SET status = 'filled', price = ?, qty = ?, fee_usd = ?, filled_at = ? WHERE id = ?`,
        )
        .run(price, qty, feeUsd, new Date(now).toISOString(), id);
      this.database
        .prepare(`INSERT INTO executions (order_id, client_order_id, venue_ms, deadline, token, symbol, side, qty_usd,
          price, qty) SELECT r.id, r.client_order_id, ?, deadline, token, symbol, side, qty_usd, price, qty
          FROM orders_received r JOIN accepted_orders USING (id) WHERE r.id = ?`)
        .run(venueMs, id);
    });
  }

  get(id: number): AccountOrder {
    return this.database.prepare(`SELECT ${columns} FROM orders_received WHERE id = ?`).get(id) as never;
  }

  /** The order that a client order id was used for. */
  find(clientOrderId: string): AccountOrder | undefined {
    return this.database
      .prepare(`SELECT ${columns} FROM orders_received WHERE client_order_id = ? AND ${accepted}`)
      .get(clientOrderId) as AccountOrder | undefined;
  }

  /** The account's orders of a status, oldest first. */
  list(status: string): AccountOrder[] {
    return this.database
      .prepare(`SELECT ${columns} FROM orders_received WHERE status = ? AND ${accepted} ORDER BY id`)
      .all(status) as never;
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

  private transact(work: () => void): void {
    this.database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.database.exec('COMMIT');
    } catch (error) {
      this.database.exec('ROLLBACK');
      throw error;
    }
  }
}
