import type { HistoryResult } from './history';

/** What many histories showed together. */
export interface Summary {
  histories: number;
  violations: number;
  /** The first failing seeds, with the first invariant that each broke. */
  failures: { seed: number; violation: string }[];
  /** The longest that an order was executed after a halt, milliseconds, by whether the gateway answered. */
  boundMs: { reachable: number; unreachable: number };
  /** Histories with this fault. */
  faults: Record<string, number>;
  orders: { sent: number; executed: number; refusedByCode: Record<string, number> };
  /** Rounds in which the guardian issued nothing, by reason. */
  notIssuedByCode: Record<string, number>;
  /** Decisions of guardians and packs: allowed, or refused by each reason. */
  decidedByCode: Record<string, number>;
}

const kept = 10;

export function emptySummary(): Summary {
  return {
    histories: 0,
    violations: 0,
    failures: [],
    boundMs: { reachable: 0, unreachable: 0 },
    faults: {},
    orders: { sent: 0, executed: 0, refusedByCode: {} },
    notIssuedByCode: {},
    decidedByCode: {},
  };
}

/** Adds one history to a summary, in place. */
export function summarise(summary: Summary, result: HistoryResult): void {
  summary.histories++;
  const [violation] = result.violations;
  if (violation !== undefined) {
    summary.violations++;
    if (summary.failures.length < kept) summary.failures.push({ seed: result.seed, violation });
  }
  raise(summary.boundMs, result.boundMs);
  for (const kind of new Set(result.faults)) add(summary.faults, { [kind]: 1 });
  summary.orders.sent += result.sent;
  summary.orders.executed += result.executed;
  add(summary.orders.refusedByCode, result.refusedByCode);
  add(summary.notIssuedByCode, result.notIssuedByCode);
  add(summary.decidedByCode, result.decidedByCode);
}

export function mergeSummaries(one: Summary, other: Summary): Summary {
  const merged = structuredClone(one);
  merged.histories += other.histories;
  merged.violations += other.violations;
  merged.failures = [...one.failures, ...other.failures].slice(0, kept);
  raise(merged.boundMs, other.boundMs);
  add(merged.faults, other.faults);
  merged.orders.sent += other.orders.sent;
  merged.orders.executed += other.orders.executed;
  add(merged.orders.refusedByCode, other.orders.refusedByCode);
  add(merged.notIssuedByCode, other.notIssuedByCode);
  add(merged.decidedByCode, other.decidedByCode);
  return merged;
}

function raise(bound: Summary['boundMs'], other: Summary['boundMs']): void {
  bound.reachable = Math.max(bound.reachable, other.reachable);
  bound.unreachable = Math.max(bound.unreachable, other.unreachable);
}

function add(counts: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(more)) counts[key] = (counts[key] ?? 0) + count;
}
