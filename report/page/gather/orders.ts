import type { Found } from '../found';
import { type Query, type Row, readDatabase, toText } from './database';
import { type Slot, TimeCounter } from './time-counter';

export type OrderCount = 'paper' | 'live' | 'refused';

/** The gateway's record of orders, counted. Times are milliseconds since the epoch. */
export interface OrdersData {
  readonly total: number;
  readonly slots: readonly Slot<OrderCount>[];
  /** Refused orders by code, the most frequent first; at most 20 codes. */
  readonly codes: readonly { readonly code: string; readonly count: number }[];
  /** Orders whose time cannot be read. */
  readonly undated: number;
}

/** The orders of a stretch of time. Money in USD. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly paper: Fills;
  readonly live: Fills;
  readonly refused: number;
}

export interface Fills {
  readonly buys: number;
  readonly sells: number;
  readonly usd: number;
  readonly feesUsd: number;
}

/** The order counts of a stretch in steps of the same length. */
export interface Steps {
  readonly fills: readonly number[];
  readonly refused: readonly number[];
}

/** Hours, grouped in the database: a year has nine thousand of them. */
const bySlot = `SELECT CAST(unixepoch(received_at, 'subsec') * 1000 / :width AS INTEGER) AS slot, status, mode,
  count(*) AS n FROM orders GROUP BY 1, 2, 3`;

/** The gateway's whole record, counted by time. Its memory does not grow with the orders. @param file `gateway.db` */
export function gatherOrders(file: string): Found<OrdersData> {
  return readDatabase(file, (query) => {
    const counter = new TimeCounter<OrderCount>();
    let [total, undated] = [0, 0];
    const width = slotWidth(query);
    for (const { slot, status, mode, n } of query(bySlot.replace(':width', '?'), width)) {
      total += Number(n);
      if (slot === null) undated += Number(n);
      else counter.add(Number(slot) * width, keyOf(status, mode), Number(n));
    }
    const codes = query(
      `SELECT code, count(*) AS n FROM orders WHERE status <> 'filled' GROUP BY code ORDER BY n DESC, code LIMIT 20`,
    );
    return {
      total,
      slots: counter.list(),
      codes: [...codes].map(({ code, n }) => ({ code: String(code ?? 'none'), count: Number(n) })),
      undated,
    };
  });
}

/** The length of the stretches that are counted in the database, milliseconds: at most 2,000 of them. */
function slotWidth(query: Query): number {
  const [ends] =
    query(`SELECT min(unixepoch(received_at, 'subsec')) AS first, max(unixepoch(received_at, 'subsec')) AS last
    FROM orders`);
  const seconds = Number(ends?.last ?? 0) - Number(ends?.first ?? 0);
  return 1_000 * 2 ** Math.max(0, Math.ceil(Math.log2(seconds / 2_000)));
}

const keyOf = (status: unknown, mode: unknown): OrderCount =>
  status !== 'filled' ? 'refused' : mode === 'live' ? 'live' : 'paper';

/** The orders from `from` until just before `to`. @param file `gateway.db` */
export function gatherWindow(file: string, from: number, to: number): Window {
  const none: Fills = { buys: 0, sells: 0, usd: 0, feesUsd: 0 };
  const window = { from, to, paper: none, live: none, refused: 0 };
  const read = readDatabase(file, (query) =>
    [
      ...query(
        `SELECT status, mode, side, count(*) AS n, total(qty * price_usd) AS usd, total(fee_usd) AS fees FROM orders
         WHERE received_at >= ? AND received_at < ? GROUP BY 1, 2, 3`,
        toText(from),
        toText(to),
      ),
    ].reduce<Window>(addRow, window),
  );
  return 'found' in read ? read.found : window;
}

function addRow(window: Window, { status, mode, side, n, usd, fees }: Row): Window {
  const key = keyOf(status, mode);
  if (key === 'refused') return { ...window, refused: window.refused + Number(n) };
  const before = window[key];
  return {
    ...window,
    [key]: {
      buys: before.buys + (side === 'buy' ? Number(n) : 0),
      sells: before.sells + (side === 'sell' ? Number(n) : 0),
      usd: before.usd + Number(usd),
      feesUsd: before.feesUsd + Number(fees),
    },
  };
}

/** Fills and refusals in steps. @param file `gateway.db` @param stepMs length of a step, milliseconds */
export function gatherSteps(file: string, from: number, to: number, stepMs: number): Steps {
  const fills = new Array<number>(Math.ceil((to - from) / stepMs)).fill(0);
  const refused = [...fills];
  readDatabase(file, (query) => {
    const rows = query(
      `SELECT CAST((unixepoch(received_at, 'subsec') * 1000 - ?) / ? AS INTEGER) AS step, status = 'filled' AS filled,
        count(*) AS n FROM orders WHERE received_at >= ? AND received_at < ? GROUP BY 1, 2`,
      from,
      stepMs,
      toText(from),
      toText(to),
    );
    for (const { step, filled, n } of rows) {
      const counts = filled ? fills : refused;
      if (Number(step) in counts) counts[Number(step)]! += Number(n);
    }
  });
  return { fills, refused };
}
