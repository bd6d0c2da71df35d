import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { rawDataOf, readPaperFill } from '../../../canary/paper-fill';
import { CanaryRunner } from '../../../canary/runner';
import { defaultSettings } from '../../../canary/settings';
import { signEvidence } from '../../../evidence/sign';
import { storeEvidence } from '../../../evidence/store';
import { formatTrustRoot } from '../../../evidence/trust-root';
import { type Draft, formatEntry, hashOf, signEntry, signerOfEntry } from '../../../ledger/entry';
import { digestOf } from '../../../posture/digest';
import type { GatherOptions, ReportPlaces } from '../../../report/page/gather';
import { TradeStore } from '../../../workloads/backend/trade-store';
import { OrderStore } from '../../../workloads/gateway/order-store';
import { claimOf, passing } from '../../helpers/claims';
import { grantOf, headAfter } from '../../helpers/ledger';
import { makeTrust, startTime, type Trust } from '../../helpers/trust';

const minute = 60_000;
export const hour = 60 * minute;

/** A stack's record as its workloads leave it, made of the real stores and signed with keys of its own. */
export interface History {
  readonly places: ReportPlaces;
  readonly options: GatherOptions;
  readonly trust: Trust;
  readonly ledgerFile: string;
  readonly haltedAt: number;
}

export interface HistoryOptions {
  /** Until now from the ledger's first entry, hours. */
  readonly hours?: number;
  /** Paper round trips before the grant; two orders each. */
  readonly trips?: number;
  /** Text that comes into names, reasons and messages. */
  readonly text?: string;
  /** Whether an approver has closed the halt. */
  readonly closed?: boolean;
}

/** What selling costs in the tests, fraction. */
export const sellCost = 0.0011;

/** Makes a record: paper, a canary, a grant, live orders, a halt with errors around it. */
export function makeHistory(
  folder: string,
  { hours = 6, trips = 60, text = '', closed = false }: HistoryOptions = {},
): History {
  const trust = makeTrust();
  const now = startTime + hours * hour;
  const grantedAt = startTime + (hours * hour) / 2;
  const haltedAt = grantedAt + (hours * hour) / 4;
  const dir = (name: string) => {
    mkdirSync(path.join(folder, name), { recursive: true });
    return path.join(folder, name);
  };
  const guardianData = dir('guardian');
  const gatewayDb = path.join(dir('gateway'), 'gateway.db');
  const traderDb = path.join(dir('backend'), 'trader.db');
  writeFileSync(path.join(guardianData, 'trust-root.json'), formatTrustRoot(trust.root, trust.signers.approver));
  writeOrders(gatewayDb, { trips, grantedAt, haltedAt, text });
  const evidence = dir('evidence');
  const canary = storeCanary(evidence, trust, gatewayDb, grantedAt);
  const ledgerFile = path.join(guardianData, 'ledger.jsonl');
  writeFileSync(ledgerFile, ledgerText(trust, { grantedAt, haltedAt, now, text, canary, closed }));
  writeTrades(traderDb, { trips, grantedAt, text });
  return {
    places: {
      stack: 'main',
      guardianData,
      evidence,
      gatewayDb,
      traderDb,
      logs: writeLogs(dir('logs'), { grantedAt, haltedAt, text }),
      incidents: path.join(folder, 'incidents'),
    },
    options: { now, version: '0.1.0', sellCostFraction: sellCost, unreached: [] },
    trust,
    ledgerFile,
    haltedAt,
  };
}

function ledgerText(
  trust: Trust,
  of: { grantedAt: number; haltedAt: number; now: number; text: string; canary: `sha256:${string}`; closed: boolean },
): string {
  const { grantedAt, haltedAt, text } = of;
  const entries = [trust.genesis];
  const add = (draft: Draft, at: number) => {
    const role = signerOfEntry[draft.kind];
    entries.push(signEntry(draft, headAfter(entries.at(-1)!), at, role === null ? [] : trust.signers[role]));
  };
  add(grantOf(of.canary), grantedAt);
  add(
    {
      kind: 'halt',
      body: { haltedAt, reason: `error rate 7.1 %, at most 5 % ${text}`, by: `guardian ${text}`.slice(0, 200) },
    },
    haltedAt + 500,
  );
  if (of.closed) {
    const body = {
      closes: [hashOf(entries.at(-1)!)],
      cause: `the feed had a gap ${text}`,
      timeline: [{ at: haltedAt, text: `halted ${text}` }],
      actionItems: [{ owner: 'ops', text: `alarm on gaps ${text}` }],
    };
    add({ kind: 'incident', body }, haltedAt + 20 * minute);
  }
  return entries.map(formatEntry).join('');
}

/** A small, known noise. */
const noise = (index: number) => Math.sin(index * 12.9898) * 0.5;

function writeOrders(file: string, of: { trips: number; grantedAt: number; haltedAt: number; text: string }): void {
  new OrderStore(file).close();
  const database = new DatabaseSync(file);
  const fill =
    database.prepare(`INSERT INTO orders (received_at, client_order_id, mode, symbol, side, qty_usd, agent, status,
    price, price_usd, qty, fee_usd) VALUES (?, ?, ?, 'BTCUSDT', ?, 100, 'live_trader', 'filled', ?, ?, ?, 0.1)`);
  const refuse = database.prepare(`INSERT INTO orders (received_at, client_order_id, mode, status, code, message)
    VALUES (?, ?, 'live', 'refused', ?, 'no')`);
  const iso = (at: number) => new Date(at).toISOString();
  database.exec('BEGIN');
  const step = (of.grantedAt - startTime) / (of.trips * 2 + 2);
  const trade = (index: number, mode: string, at: number) => {
    const price = 50_000;
    fill.run(iso(at), `${mode}-${index}-buy`, mode, 'buy', price, price, 100 / price);
    const better = price * (1.006 + noise(index) * 0.01);
    fill.run(iso(at + step), `${mode}-${index}-sell`, mode, 'sell', better, better, 100 / price);
  };
  for (let index = 0; index < of.trips; index += 1) trade(index, 'paper', startTime + (index * 2 + 1) * step);
  const live = Math.min(200, of.trips);
  const rest = (of.haltedAt - of.grantedAt) / (live + 2);
  for (let index = 0; index < live; index += 1) {
    const at = of.grantedAt + (index + 1) * rest;
    fill.run(iso(at), `live-${index}`, 'live', index % 2 === 0 ? 'buy' : 'sell', 50_000, 50_000, 0.002);
  }
  for (let index = 0; index < 12; index += 1)
    refuse.run(iso(of.haltedAt - 60_000 + index * 20_000), `late-${index}`, of.text || 'halted');
  database.exec('COMMIT');
  database.close();
}

/** The canary's evidence, as the verb signs it. */
function storeCanary(folder: string, trust: Trust, gatewayDb: string, until: number) {
  const database = new DatabaseSync(gatewayDb, { readOnly: true });
  const rows = database
    .prepare(`SELECT id, client_order_id AS clientOrderId, mode, symbol, side, agent, status, qty, qty * price_usd AS valueUsd,
      fee_usd AS feeUsd, received_at AS filledAt FROM orders WHERE mode = 'paper' ORDER BY id`)
    .all();
  database.close();
  const runner = new CanaryRunner({ settings: defaultSettings, sellCostFraction: sellCost });
  for (const row of rows) if (runner.onFill(readPaperFill(row as never)!)) break;
  const { trips, verdict, trades, mean, lower, upper } = runner.report();
  const passed = verdict === 'promote';
  const claim = claimOf('canary', {
    measuredAt: new Date(until - minute).toISOString(),
    rawData: digestOf(rawDataOf(trips)),
    passed,
    measurements: {
      ...passing.canary,
      ...{ verdict, trades, mean, lower, upper },
      dataFrom: new Date(startTime).toISOString(),
      dataUntil: new Date(until - minute).toISOString(),
    },
  });
  const signed = signEvidence(claim, trust.signers.measure);
  storeEvidence(folder, signed);
  for (const kind of ['preflight', 'drill', 'soak'] as const) {
    const other = claimOf(kind, { measuredAt: new Date(until - 2 * minute).toISOString() });
    storeEvidence(folder, signEvidence(other, trust.signers.measure));
  }
  return signed.digest;
}

function writeTrades(file: string, of: { trips: number; grantedAt: number; text: string }): void {
  new TradeStore(file).close();
  const database = new DatabaseSync(file);
  const insert =
    database.prepare(`INSERT INTO live_trades (pair, side, status, created_at, mode, agent, qty_usd, confidence,
    client_order_id, updated_at, symbol, sent_at) VALUES ('BTC/USDT', 'buy', 'filled', ?, 'paper', ?, 100, ?, ?, ?, 'BTCUSDT', ?)`);
  database.exec('BEGIN');
  const step = (of.grantedAt - startTime) / (of.trips + 1);
  for (let index = 0; index < of.trips * 2; index += 1) {
    const at = startTime + (index + 1) * step;
    const [sent, settled] = [
      new Date(at).toISOString(),
      new Date(at + 20 + Math.round(Math.abs(noise(index)) * 100)).toISOString(),
    ];
    insert.run(sent, `live_trader${of.text}`, 0.6 + noise(index) * 0.6, `order-${index}`, settled, sent);
  }
  database.exec('COMMIT');
  database.close();
}

function writeLogs(folder: string, of: { grantedAt: number; haltedAt: number; text: string }): ReportPlaces['logs'] {
  const write = (workload: string, lines: readonly object[]) => {
    const file = path.join(folder, `${workload}.log`);
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return [file];
  };
  const line = (level: string, at: number, msg: string, more = {}) => ({
    level,
    time: new Date(at).toISOString(),
    msg: `${msg}${of.text}`,
    ...more,
  });
  return {
    'model-service': write('model-service', [
      { ...line('INFO', startTime, ''), msg: 'model loaded', modelVersion: `1.0.0${of.text}` },
      { ...line('INFO', of.grantedAt, ''), msg: 'model loaded', modelVersion: `1.1.0${of.text}` },
    ]),
    backend: write(
      'backend',
      Array.from({ length: 40 }, (_, index) =>
        line(index % 3 === 0 ? 'ERROR' : 'INFO', of.haltedAt - 5 * minute + index * 8_000, 'order failed: no gateway'),
      ),
    ),
    guardian: write('guardian', [
      line('WARN', of.grantedAt, 'live trading: granted', { grant: { state: 'granted', reasons: [] } }),
      line('WARN', of.haltedAt, 'live trading: halted', {
        grant: { state: 'halted', reasons: [`halting: error rate${of.text}`] },
      }),
      line('INFO', of.haltedAt, 'listening'),
    ]),
  };
}
