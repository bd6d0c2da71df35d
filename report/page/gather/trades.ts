import type { Found } from '../found';
import { readDatabase, toText } from './database';

/** From when on a model answered, as the model service's log says; milliseconds since the epoch. */
export interface ModelStart {
  readonly at: number;
  readonly version: string;
}

/** How often each confidence was: 20 counts, each of a twentieth, from 0 to 1. */
export interface ConfidenceHistogram {
  /** Null where the log does not say which model answered. */
  readonly version: string | null;
  readonly counts: readonly number[];
  readonly total: number;
}

export interface ConfidenceData {
  /** Of the two models that answered last, the newest first; then of the time of which no log tells the model. */
  readonly histograms: readonly ConfidenceHistogram[];
  /** Trades of models before those two. */
  readonly older: number;
}

export const confidenceBins = 20;
const mostStarts = 200;

/** The confidences of all trades by the model that gave them. @param file `trader.db` */
export function gatherConfidence(file: string, starts: readonly ModelStart[]): Found<ConfidenceData> {
  return readDatabase(file, (query) => {
    const recent = [...starts].sort((one, other) => one.at - other.at).slice(-mostStarts);
    const periods = [
      { version: null, from: 0, to: recent[0]?.at ?? lastTime },
      ...recent.map(({ at, version }, index) => ({ version, from: at, to: recent[index + 1]?.at ?? lastTime })),
    ];
    const byVersion = new Map<string | null, number[]>();
    for (const { version, from, to } of periods) {
      const counts = byVersion.get(version) ?? new Array<number>(confidenceBins).fill(0);
      // Put in anew, so that the order is that of the last start.
      byVersion.delete(version);
      byVersion.set(version, counts);
      const rows = query(
        `SELECT CAST(min(max(confidence, 0), 0.999999) * ${confidenceBins} AS INTEGER) AS bin, count(*) AS n FROM live_trades
         WHERE created_at >= ? AND created_at < ? GROUP BY 1`,
        toText(from),
        toText(to),
      );
      for (const { bin, n } of rows) counts[Number(bin)]! += Number(n);
    }
    const all = [...byVersion].reverse().map(([version, counts]) => ({ version, counts, total: sum(counts) }));
    const known = all.filter(({ version }) => version !== null);
    const unknown = all.filter(({ version, total }) => version === null && total > 0);
    return { histograms: [...known.slice(0, 2), ...unknown], older: sum(known.slice(2).map(({ total }) => total)) };
  });
}

/** Later than any time that is written, and still one that sorts as text. */
const lastTime = Date.parse('9999-12-31T23:59:59.999Z');

const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

/** How long orders took from being sent until their outcome was recorded, milliseconds. */
export interface LatencyData {
  readonly slots: readonly {
    readonly from: number;
    readonly to: number;
    readonly orders: number;
    readonly median: number;
    readonly p95: number;
    readonly max: number;
  }[];
  readonly orders: number;
}

const slotCount = 120;

/** The latencies of all orders that were sent. Sorted in the database, so that the memory does not grow with them. */
export function gatherLatency(file: string): Found<LatencyData> {
  return readDatabase(file, (query) => {
    const sent = `SELECT unixepoch(sent_at, 'subsec') * 1000 AS at,
      (unixepoch(updated_at, 'subsec') - unixepoch(sent_at, 'subsec')) * 1000 AS ms FROM live_trades
      WHERE status IN ('filled', 'refused') AND sent_at IS NOT NULL`;
    const [ends] = query(`SELECT min(at) AS first, max(at) AS last FROM (${sent}) WHERE ms >= 0`);
    if (ends?.first === null || ends === undefined) return { slots: [], orders: 0 };
    const first = Number(ends.first);
    const width = Math.max(1_000, Math.ceil((Number(ends.last) - first + 1) / slotCount));
    const rows = query(
      `SELECT slot, max(n) AS n, max(iif(place = (n + 1) / 2, ms, NULL)) AS median,
        max(iif(place = (n * 19 + 19) / 20, ms, NULL)) AS p95, max(ms) AS most FROM (
          SELECT slot, ms, row_number() OVER (PARTITION BY slot ORDER BY ms) AS place,
            count(*) OVER (PARTITION BY slot) AS n
          FROM (SELECT CAST((at - ?) / ? AS INTEGER) AS slot, ms FROM (${sent}) WHERE ms >= 0)
        ) GROUP BY slot ORDER BY slot`,
      first,
      width,
    );
    const slots = [...rows].map(({ slot, n, median, p95, most }) => {
      const from = first + Number(slot) * width;
      const [orders, middle, high, max] = [n, median, p95, most].map((value) => Math.round(Number(value)));
      return { from, to: from + width, orders: orders!, median: middle!, p95: high!, max: max! };
    });
    return { slots, orders: sum(slots.map(({ orders }) => orders)) };
  });
}
