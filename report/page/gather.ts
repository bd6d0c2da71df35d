import { readdirSync } from 'node:fs';
import { isInitialised, readGrounds } from '../../ledger/grounds';
import type { WorkloadName } from '../../posture/posture';
import type { Around, HaltSignals, ReportData } from './data';
import { gatherCanaries } from './gather/canary';
import { gatherEvidence } from './gather/evidence';
import { gatherLedger, type LedgerData } from './gather/ledger';
import { gatherLogs, stepMs } from './gather/logs';
import { gatherOrders, gatherSteps, gatherWindow } from './gather/orders';
import { gatherConfidence, gatherLatency } from './gather/trades';

/** Where everything lies that the page is made of. Nothing there is changed. */
export interface ReportPlaces {
  readonly stack: string;
  /** The guardian's retained data: trust root and ledger. */
  readonly guardianData: string;
  readonly evidence: string;
  /** The databases; files that need not exist. */
  readonly gatewayDb: string;
  readonly traderDb: string;
  readonly logs: Readonly<Partial<Record<WorkloadName, readonly string[]>>>;
  /** The folder of the stack's exported incidents. */
  readonly incidents: string;
}

export interface GatherOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly version: string;
  /** What selling costs, fraction of its value, as the canary counts it. */
  readonly sellCostFraction: number;
  readonly unreached: readonly string[];
}

/** The newest halts and grants of which the page shows what was around them. */
const mostAround = 10;
const hourMs = 3_600_000;

/**
 * Reads and verifies everything that the page shows. Never throws for what is missing, broken or forged: that stands in the
 * data as such. Memory does not grow with orders, trades and logs.
 */
export function gatherReport(places: ReportPlaces, options: GatherOptions): ReportData {
  const { now, version, unreached } = options;
  const ledger = gatherLedger(places.guardianData, now);
  const { halts, grants, consumed } = 'found' in ledger ? ledger.found : noLedger;
  const grounds = readGrounds(places, now);
  const evidence = gatherEvidence(places.evidence, grounds, consumed);
  const newest = [...halts].sort((one, other) => other.haltedAt - one.haltedAt).slice(0, mostAround);
  const logs = gatherLogs(
    places.logs,
    newest.map(({ haltedAt }) => haltedAt),
    now,
  );
  return {
    stack: places.stack,
    madeAt: now,
    version,
    unreached,
    initialised: isInitialised(places),
    ledger,
    trust:
      grounds.trustRoot === null
        ? { missing: grounds.trustProblem?.message ?? 'cutover keys init was not run' }
        : { found: grounds.trustRoot.version },
    evidence: evidence.rows,
    canaries: gatherCanaries(places.gatewayDb, evidence.canaries, options.sellCostFraction),
    canariesInAll: evidence.canaries.length,
    orders: gatherOrders(places.gatewayDb),
    around: gatherAround(places.gatewayDb, { halts, grants }, now),
    confidence: gatherConfidence(places.traderDb, logs.modelStarts),
    latency: gatherLatency(places.traderDb),
    errors: logs.errors,
    halts: newest.map(({ haltedAt: at, reason, by }, index): HaltSignals => {
      const log = logs.halts[index]!;
      return { at, reason, by, log, orders: gatherSteps(places.gatewayDb, log.from, log.to, stepMs) };
    }),
    exports: listFolders(places.incidents),
  };
}

const noLedger: Pick<LedgerData, 'halts' | 'grants' | 'consumed'> = { halts: [], grants: [], consumed: new Set() };

function gatherAround(file: string, { halts, grants }: Pick<LedgerData, 'halts' | 'grants'>, now: number): Around[] {
  const events = [
    ...halts.map(({ haltedAt: at, reason }) => ({ kind: 'halt' as const, at, what: reason })),
    ...grants.map(({ at, text: what }) => ({ kind: 'grant' as const, at, what })),
  ];
  const newest = events.sort((one, other) => other.at - one.at).slice(0, mostAround);
  return newest.map((event) => ({
    ...event,
    before: gatherWindow(file, event.at - hourMs, event.at),
    after: gatherWindow(file, event.at, Math.max(event.at, Math.min(now, event.at + hourMs))),
  }));
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder).sort().reverse();
  } catch {
    return []; // none was exported
  }
}
