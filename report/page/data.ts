import type { Found } from './found';
import type { CanaryData } from './gather/canary';
import type { EvidenceRow } from './gather/evidence';
import type { LedgerData } from './gather/ledger';
import type { ErrorsData, HaltLog } from './gather/logs';
import type { OrdersData, Steps, Window } from './gather/orders';
import type { ConfidenceData, LatencyData } from './gather/trades';

/** A grant or a halt, with the orders that the gateway recorded in the time before and after it. */
export interface Around {
  readonly kind: 'grant' | 'halt';
  readonly at: number;
  readonly what: string;
  readonly before: Window;
  readonly after: Window;
}

/** The guardian's signals around one halt. */
export interface HaltSignals {
  readonly at: number;
  readonly reason: string;
  readonly by: string;
  readonly log: HaltLog;
  readonly orders: Steps;
}

/** Everything that the page shows. Plain data: from here on nothing is read. Times are milliseconds since the epoch. */
export interface ReportData {
  readonly stack: string;
  readonly madeAt: number;
  readonly version: string;
  /** What could not be brought here from where the stack runs, as sentences. */
  readonly unreached: readonly string[];
  readonly ledger: Found<LedgerData>;
  /** Whether keys, trust root or ledger were ever made here. */
  readonly initialised: boolean;
  /** The version of the trust root that the evidence was verified against. */
  readonly trust: Found<number>;
  readonly evidence: readonly EvidenceRow[];
  /** Of the newest canaries, the newest first. */
  readonly canaries: readonly CanaryData[];
  readonly canariesInAll: number;
  readonly orders: Found<OrdersData>;
  readonly around: readonly Around[];
  readonly confidence: Found<ConfidenceData>;
  readonly latency: Found<LatencyData>;
  readonly errors: Found<ErrorsData>;
  readonly halts: readonly HaltSignals[];
  /** Names of the folders that `incident export` wrote. */
  readonly exports: readonly string[];
}
