import { ConfidenceSequence } from '../../../canary/confidence-sequence';
import { rawDataOf, readPaperFill } from '../../../canary/paper-fill';
import { CanaryRunner } from '../../../canary/runner';
import { type CanarySettings, defaultSettings } from '../../../canary/settings';
import type { RoundTrip } from '../../../canary/trades';
import type { Predicate } from '../../../evidence/statement';
import { digestOf } from '../../../posture/digest';
import type { Found } from '../found';
import { readDatabase, toText } from './database';

/** A canary's evidence, verified. */
export interface SignedCanary {
  readonly name: string;
  readonly passed: boolean;
  readonly measuredAt: number;
  readonly predicate: Predicate<'canary'>;
}

/** The canary after a trade. All are net returns, fractions of a trade's size. */
export interface CurvePoint {
  readonly trade: number;
  readonly net: number;
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}

export interface CanaryData {
  readonly signed: SignedCanary;
  /** Made anew from the gateway's record; at most `mostPoints` of the trades, evenly, the last among them. */
  readonly curve: Found<{
    readonly points: readonly CurvePoint[];
    readonly trades: number;
    /** Whether the trades of the record are, to the byte, those that were signed for. */
    readonly same: boolean;
  }>;
}

const mostPoints = 150;
const mostCanaries = 6;
/** Much more than any canary judges. */
const mostFills = 100_000;

/**
 * Judges the trades of the newest canaries once more, out of the gateway's record.
 * @param file `gateway.db`
 * @param sellCostFraction as the canary's runner takes it
 */
export function gatherCanaries(file: string, signed: readonly SignedCanary[], sellCostFraction: number): CanaryData[] {
  return signed.slice(0, mostCanaries).map((one) => {
    const trips = readTrips(file, one, sellCostFraction);
    if ('missing' in trips) return { signed: one, curve: trips };
    const { rawData, measurements } = one.predicate;
    const judged = trips.found.slice(0, measurements.trades);
    if (judged.length === 0) return { signed: one, curve: { missing: 'the gateway has none of its trades' } };
    const same = rawData !== null && digestOf(rawDataOf(judged)) === rawData;
    const points = drawCurve(judged, { ...defaultSettings, alpha: measurements.alpha });
    return { signed: one, curve: { found: { points, trades: judged.length, same } } };
  });
}

function readTrips(file: string, { predicate }: SignedCanary, sellCostFraction: number): Found<RoundTrip[]> {
  const { margin, alpha, minTrades, dataFrom, dataUntil } = predicate.measurements;
  return readDatabase(file, (query) => {
    const settings: CanarySettings = { ...defaultSettings, margin, alpha, minTrades };
    const runner = new CanaryRunner({ settings, sellCostFraction });
    const rows = query(
      `SELECT id, client_order_id AS clientOrderId, mode, symbol, side, agent, status, qty, qty * price_usd AS valueUsd,
        fee_usd AS feeUsd, received_at AS filledAt FROM orders
       WHERE status = 'filled' AND mode = 'paper' AND received_at >= ? AND received_at <= ? ORDER BY id LIMIT ${mostFills}`,
      toText(Date.parse(dataFrom)),
      toText(Date.parse(dataUntil)),
    );
    for (const row of rows) {
      const fill = readPaperFill({ status: row.status, ...row });
      if (fill && runner.onFill(fill)) break;
    }
    return [...runner.report().trips];
  });
}

/** Mean and bounds after some of the trades, as they were looked at then. Pure. */
export function drawCurve(trips: readonly RoundTrip[], { alpha, range }: CanarySettings): CurvePoint[] {
  const sequence = new ConfidenceSequence({ alpha, range: [-range, range] });
  const every = Math.ceil(trips.length / mostPoints);
  let sum = 0;
  return trips.flatMap(({ netReturn }, index) => {
    sum += netReturn;
    sequence.add(Math.max(-range, Math.min(range, netReturn)));
    const trade = index + 1;
    if (trade % every !== 0 && trade !== trips.length) return [];
    return { trade, net: netReturn, mean: sum / trade, lower: sequence.lower(), upper: sequence.upper() };
  });
}
