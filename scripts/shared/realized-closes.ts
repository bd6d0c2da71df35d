import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../errors';
import { type ClosesSource, closesSources } from '../../evidence/measurements';
import type { Operations } from '../../platforms/platform';
import type { TradingMode } from '../../posture/posture';

/** Closed trades of a mode, over all time: a sale that was filled, or an exit that the exit manager has closed. */
const countOf: Readonly<Record<ClosesSource, string>> = {
  'trader.db': `SELECT count(*) AS n FROM live_trades WHERE mode = ? AND side = 'sell' AND status = 'filled'`,
  'exit_manager.db': `SELECT count(*) AS n FROM exits WHERE mode = ? AND status = 'closed'`,
};

/** The workloads that may keep these databases. */
export const closesKeepers = ['backend', 'orchestrator'] as const;

/** How long a writer may hold a database, milliseconds. */
const lockWaitMs = 500;

/**
 * Counts the closed trades of a mode in `trader.db`, and where that cannot be read in `exit_manager.db`.
 * @throws Error that says of each what is wrong with it
 */
export function countCloses(
  operations: Pick<Operations, 'dataOf'>,
  mode: TradingMode,
): { source: ClosesSource; total: number } {
  const problems: string[] = [];
  for (const source of closesSources) {
    try {
      return { source, total: countIn(findDatabase(operations, source), countOf[source], mode) };
    } catch (error) {
      problems.push(`${source}: ${messageOf(error)}`);
    }
  }
  throw new Error(problems.join('; '));
}

function findDatabase(operations: Pick<Operations, 'dataOf'>, name: ClosesSource): string {
  const file = closesKeepers.map((workload) => path.join(operations.dataOf(workload), name)).find(existsSync);
  if (file === undefined) throw new Error(`neither ${closesKeepers.join(' nor ')} keeps it`);
  return file;
}

function countIn(file: string, sql: string, mode: TradingMode): number {
  const database = new DatabaseSync(file, { readOnly: true, timeout: lockWaitMs });
  try {
    return Number(database.prepare(sql).get(mode)!.n);
  } finally {
    database.close();
  }
}
