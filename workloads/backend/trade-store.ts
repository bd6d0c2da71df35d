import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { notPermittedCodes } from '../../protocol/not-permitted';
import { ServiceError } from '../service';
import type { NewTrade, Outcome, Trade } from './trade';

// FULL: a row that was answered for is on disk, also after a power cut.
const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS live_trades (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pair TEXT NOT NULL, side TEXT NOT NULL, status TEXT NOT NULL,
    created_at TEXT NOT NULL, mode TEXT NOT NULL, agent TEXT, qty_usd REAL NOT NULL, price REAL, qty REAL, fee_usd REAL,
    confidence REAL NOT NULL, client_order_id TEXT NOT NULL UNIQUE, order_id TEXT, updated_at TEXT NOT NULL, reason TEXT,
    symbol TEXT NOT NULL, sent_at TEXT, filled_usd REAL, refusal TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS pending_trades ON live_trades (id) WHERE status = 'pending';
  CREATE INDEX IF NOT EXISTS trades_by_agent ON live_trades (agent, id);
  CREATE INDEX IF NOT EXISTS trades_by_sent_at ON live_trades (sent_at);
  CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, action TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

/** How long another process may hold the file; the whole backend waits meanwhile, so not long. */
const lockWaitMs = 500;

const columns = `id, pair, side, status, created_at AS createdAt, mode, agent, qty_usd AS qtyUsd, price, qty,
  fee_usd AS feeUsd, confidence, client_order_id AS clientOrderId, order_id AS orderId, updated_at AS updatedAt, reason,
  symbol, sent_at AS sentAt, filled_usd AS filledUsd, refusal`;

/**
 * `trader.db`: every order, the state of the drawdown brake, and the audit of what operators did. All writes are on
 * disk when they return. Times are milliseconds since the epoch.
 *
 * Every method throws ServiceError 503 `persistence_failed` when the database does; `onFailure` hears of it first.
 */
export class TradeStore {
  private readonly database: DatabaseSync;

  /** @throws Error when the file is not a usable database */
  constructor(
    file: string,
    private readonly onFailure: (error: unknown) => void = () => {},
  ) {
    this.database = new DatabaseSync(file, { timeout: lockWaitMs });
    this.database.exec(schema);
  }

  find(clientOrderId: string): Trade | undefined {
    return this.query(`SELECT ${columns} FROM live_trades WHERE client_order_id = ?`, clientOrderId)[0];
  }

  /** The newest trades, of one agent if it is named, newest first. */
  list(limit: number, agent?: string): Trade[] {
    if (agent === undefined) return this.query(`SELECT ${columns} FROM live_trades ORDER BY id DESC LIMIT ?`, limit);
    return this.query(`SELECT ${columns} FROM live_trades WHERE agent = ? ORDER BY id DESC LIMIT ?`, agent, limit);
  }

  /** Trades whose outcome is not known, oldest first. */
  pending(): Trade[] {
    return this.query(`SELECT ${columns} FROM live_trades WHERE status = 'pending' ORDER BY id`);
  }

  /** Records that an order is about to be sent. A row of the same key that failed before is opened again. */
  recordSending(trade: NewTrade, now: number): Trade {
    return this.upsert(trade, now, {
      status: 'pending',
      sent_at: iso(now),
      reason: null,
    });
  }

  /** Records an order that was decided without being sent. */
  recordUnsent(trade: NewTrade, outcome: Exclude<Outcome, { status: 'filled' }>, now: number): Trade {
    return this.upsert(trade, now, outcomeColumns(outcome));
  }

  /** Records what became of a pending order. A trade that is not pending stays as it is. */
  settle(clientOrderId: string, outcome: Outcome, now: number): Trade {
    const values = { ...outcomeColumns(outcome), updated_at: iso(now) };
    const names = Object.keys(values);
    const assignments = names.map((name) => `${name} = ?`).join(', ');
    this.guard(() =>
      this.database
        .prepare(`UPDATE live_trades SET ${assignments} WHERE client_order_id = ? AND status IN ('pending', 'failed')`)
        .run(...Object.values(values), clientOrderId),
    );
    return this.find(clientOrderId)!;
  }

  /**
   * How many orders were sent after a time. Those that came back since there was no permit do not count: no venue has seen
   * them, and when the permit comes they must not be in the way of the first orders under it.
   */
  sentSince(time: number): number {
    const sql = `SELECT count(*) AS count FROM live_trades WHERE sent_at > ?
      AND NOT (status = 'refused' AND reason IN (SELECT value FROM json_each(?)))`;
    const codes = JSON.stringify(notPermittedCodes);
    return this.guard(() => this.database.prepare(sql).get(iso(time), codes)!.count as number);
  }

  /** Value of the pending buys of a symbol, other than the one named; USD. */
  unsettledBuysUsd(symbol: string, exceptClientOrderId: string): number {
    const sql = `SELECT total(qty_usd) AS usd FROM live_trades
      WHERE status = 'pending' AND side = 'buy' AND symbol = ? AND client_order_id <> ?`;
    return this.guard(() => this.database.prepare(sql).get(symbol, exceptClientOrderId)!.usd as number);
  }

  /** Whether the drawdown brake is on. */
  isLocked(): boolean {
    const sql = `SELECT value FROM state WHERE key = 'locked'`;
    return this.guard(() => this.database.prepare(sql).get()?.value === 'yes');
  }

  setLocked(locked: boolean): void {
    const sql = `INSERT OR REPLACE INTO state VALUES ('locked', ?)`;
    this.guard(() => this.database.prepare(sql).run(locked ? 'yes' : 'no'));
  }

  addAudit(action: string, outcome: string, detail: Record<string, unknown>, now: number): void {
    const sql = 'INSERT INTO audit (at, action, outcome, detail) VALUES (?, ?, ?, ?)';
    this.guard(() => this.database.prepare(sql).run(iso(now), action, outcome, JSON.stringify(detail)));
  }

  close(): void {
    this.database.close();
  }

  private upsert(trade: NewTrade, now: number, changes: Record<string, SQLInputValue>): Trade {
    const updates = { ...changes, confidence: trade.confidence, agent: trade.agent, updated_at: iso(now) };
    const values = {
      ...updates,
      client_order_id: trade.clientOrderId,
      mode: trade.mode,
      symbol: trade.symbol,
      pair: trade.pair,
      side: trade.side,
      qty_usd: trade.qtyUsd,
      created_at: iso(now),
    };
    const names = Object.keys(values);
    const replaced = Object.keys(updates).map((name) => `${name} = excluded.${name}`);
    this.guard(() =>
      this.database
        .prepare(
          `INSERT INTO live_trades (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})
           ON CONFLICT (client_order_id) DO UPDATE SET ${replaced.join(', ')} WHERE status IN ('pending', 'failed')`,
        )
        .run(...Object.values(values)),
    );
    return this.find(trade.clientOrderId)!;
  }

  private query(sql: string, ...values: SQLInputValue[]): Trade[] {
    const rows = this.guard(() => this.database.prepare(sql).all(...values));
    return rows.map((row) => ({ ...row, refusal: JSON.parse((row.refusal as string | null) ?? 'null') })) as never;
  }

  private guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.onFailure(error);
      throw new ServiceError(503, 'persistence_failed', 'the trade database does not work; see the log');
    }
  }
}

/** The columns that an outcome sets. */
function outcomeColumns(outcome: Outcome): Record<string, SQLInputValue> {
  switch (outcome.status) {
    case 'filled': {
      const { status, orderId, price, qty, filledUsd, feeUsd } = outcome;
      return { status, order_id: orderId, price, qty, filled_usd: filledUsd, fee_usd: feeUsd, reason: null };
    }
    case 'refused':
      return { status: 'refused', reason: outcome.refusal.code, refusal: JSON.stringify(outcome.refusal) };
    default:
      return { status: outcome.status, reason: outcome.reason };
  }
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
