import type { DatabaseSync } from 'node:sqlite';
import type { Admission } from '../../protocol/gateway-machine';
import type { GatewayDisk, Outcome } from '../../protocol/gateway-state';
import type { Order } from '../../protocol/messages';
import type { OrderRecord } from './order';

const schema = `
  CREATE TABLE IF NOT EXISTS live_orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, client_order_id TEXT NOT NULL UNIQUE, symbol TEXT NOT NULL,
    side TEXT NOT NULL, qty_usd REAL NOT NULL, agent TEXT, admitted_at TEXT NOT NULL, deadline REAL,
    outcome TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS open_live_orders ON live_orders (id) WHERE outcome = 'open';
`;

/** The live orders that were admitted: what the gateway's state machine has on disk of them. */
export class LiveOrders {
  constructor(private readonly database: DatabaseSync) {
    database.exec(schema);
  }

  /** Every order ever admitted: an id is used once. */
  all(): GatewayDisk['orders'] {
    const rows = this.database
      .prepare(`SELECT client_order_id AS clientOrderId, symbol, side, qty_usd AS qtyUsd, outcome,
        coalesce(deadline, 0) AS deadline FROM live_orders`)
      .all() as unknown as (Order & { outcome: Outcome; deadline: number })[];
    return rows.map(({ outcome, deadline, ...order }) => ({ order: { ...order }, deadline, outcome }));
  }

  /** Records an order before it is sent. It is on disk when this returns. */
  admit({ order, deadline }: Admission, details: { agent: string | null; now: number }): void {
    const { clientOrderId, symbol, side, qtyUsd } = order;
    this.database
      .prepare(`INSERT INTO live_orders (client_order_id, symbol, side, qty_usd, agent, admitted_at, deadline, outcome)
        VALUES (?, ?, ?, ?, ?, ?, ?, 'open')`)
      .run(clientOrderId, symbol, side, qtyUsd, details.agent, new Date(details.now).toISOString(), deadline);
  }

  /** Records what became of an order. */
  settle(clientOrderId: string, outcome: Outcome): void {
    this.database.prepare('UPDATE live_orders SET outcome = ? WHERE client_order_id = ?').run(outcome, clientOrderId);
  }

  agentOf(clientOrderId: string): string | undefined {
    const row = this.database.prepare('SELECT agent FROM live_orders WHERE client_order_id = ?').get(clientOrderId);
    return (row?.agent as string | null | undefined) ?? undefined;
  }

  /** The ids of those of which it is not known what became of them. */
  open(): string[] {
    const sql = `SELECT client_order_id FROM live_orders WHERE outcome = 'open' ORDER BY id`;
    return this.database
      .prepare(sql)
      .all()
      .map((row) => row.client_order_id as string);
  }

  countOpen(): number {
    return this.database.prepare(`SELECT count(*) AS count FROM live_orders WHERE outcome = 'open'`).get()!
      .count as number;
  }

  findOpen(clientOrderId: string): OrderRecord | undefined {
    return this.database
      .prepare(`SELECT id, NULL AS orderId, client_order_id AS clientOrderId, admitted_at AS receivedAt, 'live' AS mode,
        symbol, side, qty_usd AS qtyUsd, agent, 'open' AS status, NULL AS code, NULL AS message, NULL AS price,
        NULL AS qty, NULL AS valueUsd, NULL AS feeUsd, NULL AS filledAt FROM live_orders
        WHERE client_order_id = ? AND outcome = 'open'`)
      .get(clientOrderId) as OrderRecord | undefined;
  }
}
