import { messageOf } from '../../../errors';
import type { WorkloadName } from '../../../posture/posture';
import type { Found } from '../found';
import { readLines } from './lines';
import { type Slot, TimeCounter } from './time-counter';
import type { ModelStart } from './trades';

/** The errors that the workloads logged. */
export interface ErrorsData {
  readonly slots: readonly Slot<WorkloadName>[];
  readonly workloads: readonly {
    readonly workload: WorkloadName;
    readonly lines: number;
    readonly errors: number;
    /** Lines that are no log lines, or without a time that can be. */
    readonly others: number;
  }[];
  /** Logs that could not be read, as sentences. */
  readonly problems: readonly string[];
}

/** What the logs have of the time around one halt. */
export interface HaltLog {
  readonly from: number;
  readonly to: number;
  /** Of the guardian's, warnings and errors, oldest first. */
  readonly lines: readonly { readonly at: number; readonly level: string; readonly text: string }[];
  /** How many more there were. */
  readonly more: number;
  /** Error lines of all workloads, in steps of `stepMs`. */
  readonly errors: readonly number[];
}

export interface LogsData {
  readonly errors: Found<ErrorsData>;
  readonly halts: readonly HaltLog[];
  readonly modelStarts: readonly ModelStart[];
}

/** How much of the time before and after a halt is looked at, and in which steps; milliseconds. */
export const aroundMs = 10 * 60_000;
export const stepMs = 15_000;
const mostLines = 60;
const mostText = 500;
const mostStarts = 1_000;
const earliest = Date.parse('2000-01-01T00:00:00Z');
const dayMs = 24 * 3_600_000;

interface Line {
  readonly at: number;
  readonly level: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Reads every log once, line by line.
 * @param files the log files of each workload
 * @param haltedAt the times of the halts to look around
 * @param now milliseconds since the epoch; what claims to be from long after it has no time
 */
export function gatherLogs(
  files: Readonly<Partial<Record<WorkloadName, readonly string[]>>>,
  haltedAt: readonly number[],
  now: number,
): LogsData {
  const counter = new TimeCounter<WorkloadName>();
  const windows = haltedAt.map((at) => new HaltWindow(at));
  const modelStarts: ModelStart[] = [];
  const problems: string[] = [];
  const workloads = Object.entries(files).map(([name, ofWorkload]) => {
    const workload = name as WorkloadName;
    const counts = { workload, lines: 0, errors: 0, others: 0 };
    for (const file of ofWorkload) {
      try {
        for (const text of readLines(file)) {
          counts.lines += 1;
          const line = parseLine(text, now);
          if (!line) counts.others += 1;
          else if (isError(line)) {
            counts.errors += 1;
            counter.add(line.at, workload);
          }
          if (!line) continue;
          for (const window of windows) window.take(workload, line);
          const start = workload === 'model-service' ? modelStartOf(line) : undefined;
          if (start && modelStarts.push(start) > mostStarts) modelStarts.shift();
        }
      } catch (error) {
        problems.push(`a log of ${workload} cannot be read: ${messageOf(error)}`);
      }
    }
    return counts;
  });
  const found = { slots: counter.list(), workloads, problems };
  const errors =
    workloads.some(({ lines }) => lines > 0) || problems.length > 0
      ? { found }
      : { missing: 'no workload has logged anything yet' };
  return { errors, halts: windows.map((window) => window.log()), modelStarts };
}

function parseLine(text: string, now: number): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { time, level } = value as Record<string, unknown>;
    const at = typeof time === 'number' ? time : Date.parse(String(time));
    return at >= earliest && at <= now + dayMs
      ? { at, level: String(level), value: value as Line['value'] }
      : undefined;
  } catch {
    return undefined; // a line of something that does not log as the contract asks
  }
}

const isError = ({ level }: Line) => level === 'ERROR' || level === 'FATAL';

function modelStartOf({ at, value: { msg, modelVersion } }: Line): ModelStart | undefined {
  return msg === 'model loaded' ? { at, version: String(modelVersion).slice(0, 200) } : undefined;
}

class HaltWindow {
  private readonly from: number;
  private readonly to: number;
  private readonly errors = new Array<number>((2 * aroundMs) / stepMs).fill(0);
  private readonly lines: HaltLog['lines'][number][] = [];
  private more = 0;

  constructor(haltedAt: number) {
    this.from = haltedAt - aroundMs;
    this.to = haltedAt + aroundMs;
  }

  take(workload: WorkloadName, line: Line): void {
    if (line.at < this.from || line.at >= this.to) return;
    if (isError(line)) this.errors[Math.floor((line.at - this.from) / stepMs)]! += 1;
    if (workload !== 'guardian' || !(isError(line) || line.level === 'WARN')) return;
    if (this.lines.length === mostLines) this.more += 1;
    else this.lines.push({ at: line.at, level: line.level, text: textOf(line) });
  }

  log(): HaltLog {
    const { from, to, lines, more, errors } = this;
    return { from, to, lines: [...lines].sort((one, other) => one.at - other.at), more, errors };
  }
}

/** A line's message, and what the guardian gave as its reasons. */
function textOf({ value }: Line): string {
  const { msg, grant, problems, err } = value as {
    msg?: unknown;
    grant?: { reasons?: unknown };
    problems?: unknown;
    err?: { message?: unknown };
  };
  const why = [grant?.reasons, problems, err?.message].flat().filter((one) => one !== undefined && one !== null);
  const text = [msg ?? 'no message', ...(why.length > 0 ? [why.map(String).join('; ')] : [])].map(String).join(': ');
  return text.length > mostText ? `${text.slice(0, mostText)} …` : text;
}
