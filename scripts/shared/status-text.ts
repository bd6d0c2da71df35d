import { cutTo } from '../../posture/explain/text-width';
import { wrap } from '../../posture/explain/wrap';
import type { WorkloadStatus } from './inspect';
import { alignRows } from './rows';
import type { Screen } from './screen';

/** What `status` tells of a stack. */
export interface StackStatus {
  readonly stack: string;
  readonly problems: readonly string[];
  readonly tradingMode: unknown;
  readonly halt: { readonly haltedAt: string; readonly reason: string; readonly by: string } | null;
  readonly agents: unknown;
  readonly risk: unknown;
}

/** What of the screen is not ours: the command's own line, and the next prompt. */
const othersRows = 2;
/** The most of the screen that one problem or one list takes where not everything fits. */
const mostOfScreen = 1 / 8;
/** What shows the rest. */
const more = ({ stack }: StackStatus) => `cutover status --all${stack === 'main' ? '' : ` --stack ${stack}`}`;

/**
 * A stack on one screen, what is wrong first. Where not all of it fits, the workloads that run are one line, what is long is
 * cut, and of the problems the first are shown; how many are not shown is said. Off a terminal everything is.
 */
export function describeStatus(
  status: StackStatus,
  workloads: readonly WorkloadStatus[],
  { columns = Number.POSITIVE_INFINITY, rows }: Pick<Screen, 'columns' | 'rows'>,
): string {
  const problems = status.problems.map((problem) => wrap('  ! ', problem, columns));
  const top = wrap('', `Stack ${status.stack}: ${headline(status)}`, columns);
  const halt = tellHalt(status, columns);
  const facts = [...tellAgents(status, columns), ...tellRisk(status)];
  const whole = [...top, ...problems.flat(), ...halt, ...facts, ...tellWorkloads(workloads, columns)];
  if (rows === undefined || whole.length <= rows - othersRows) return whole.join('\n');

  const most = Math.max(1, Math.floor(rows * mostOfScreen));
  const short = (lines: readonly string[]) => shorten(lines, most, columns);
  const below = [...short(halt), ...short(tellAgents(status, columns)), ...tellRisk(status)];
  const room = rows - othersRows - top.length - below.length;
  const runs = tellRunning(status, workloads, columns);
  const first = firstOf(status, problems.map(short), room - runs.length);
  return [...top, ...first, ...below, ...runs].join('\n');
}

/** As many of the problems as there is room for, one at the least. */
function firstOf(status: StackStatus, problems: readonly string[][], room: number): string[] {
  if (problems.flat().length <= room) return problems.flat();
  const shown: string[] = [];
  let count = 0;
  for (const lines of problems) {
    if (count > 0 && shown.length + lines.length > room - 1) break;
    shown.push(...lines);
    count += 1;
  }
  const left = problems.length - count;
  return left === 0 ? shown : [...shown, `  ! and ${left} more: ${more(status)}`];
}

function shorten(lines: readonly string[], most: number, columns: number): string[] {
  if (lines.length <= most) return [...lines];
  return [...lines.slice(0, most - 1), cutTo(`${lines[most - 1]} ${lines[most]!.trim()}`, columns)];
}

function headline({ problems, halt }: StackStatus): string {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  if (halt) return problems.length === 0 ? 'HALTED, otherwise all well' : `HALTED, and ${count}`;
  return problems.length === 0 ? 'all well.' : count;
}

function tellHalt({ halt }: StackStatus, columns: number): string[] {
  if (!halt) return [];
  const text = `HALTED since ${halt.haltedAt} by ${halt.by}: ${halt.reason}. Live trading is barred.`;
  return wrap('  ', text, columns);
}

/** Those that do not run come first, so that they are seen where the list is cut. */
function tellAgents({ tradingMode, agents }: StackStatus, columns: number): string[] {
  const all = (agents ?? []) as { name: string; state: string }[];
  const sorted = [...all].sort((a, b) => Number(a.state === 'running') - Number(b.state === 'running'));
  const list = sorted.map(({ name, state }) => `${name} (${state})`).join(', ') || 'none';
  return wrap('  ', `mode ${tradingMode ?? 'unknown'}, agents ${list}`, columns, '    ');
}

function tellRisk({ risk }: StackStatus): string[] {
  const told = risk as { drawdown?: number; equityUsd?: number; locked?: boolean } | null;
  if (!told) return [];
  const drawdown = ((told.drawdown ?? 0) * 100).toFixed(2);
  return [`  equity ${told.equityUsd?.toFixed(2)} USD, drawdown ${drawdown} %${told.locked ? ', RISK LOCKED' : ''}`];
}

function tellWorkloads(workloads: readonly WorkloadStatus[], columns: number): string[] {
  return alignRows(
    workloads.map(({ workload, state, pid, address = '' }) => [workload, state, String(pid ?? '-'), address]),
    columns,
  );
}

/** Those that are not well are among the problems. */
function tellRunning(status: StackStatus, workloads: readonly WorkloadStatus[], columns: number): string[] {
  const well = workloads.filter(({ ok }) => ok).length;
  return wrap('  ', `${well} of ${workloads.length} workloads are well: ${more(status)}`, columns);
}
