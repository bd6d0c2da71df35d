import type { RiskLimits } from '../../../posture/posture';
import type { Moment } from '../../../protocol/messages';

/** One live order as a record tells it. `at` is wall time, milliseconds. */
export interface OrderSeen {
  readonly at: number;
  readonly agent: string;
  readonly outcome: 'filled' | 'rejected';
}

/** What was seen of the stack in one round. */
export interface Sample {
  /** Monotonic, milliseconds. */
  readonly at: number;
  /** Workloads whose process does not run or does not answer. */
  readonly dead: readonly string[];
  /** Processes that nothing accounts for, as words to show. */
  readonly strays: readonly string[];
  /** The backend's own report; null when it gives none. `drawdown` is a fraction of the equity's peak. */
  readonly backend: { readonly drawdown: number; readonly locked: boolean; readonly modelOk: boolean } | null;
  readonly modelService: { readonly ok: boolean } | null;
  /** The gateway's record. */
  readonly gateway: { readonly drawdown: number } | null;
  /** New since the sample before: log lines of the traders, and orders that the backend attempted. */
  readonly logLines: number;
  readonly logErrors: number;
  readonly ordersAttempted: number;
  readonly ordersFailed: number;
  /** The newest live orders, oldest first, by whose record it is. */
  readonly orders: Readonly<Record<'gateway' | 'backend', readonly OrderSeen[]>>;
}

export interface RuleContext {
  /** Oldest first; the last is the newest. They reach back at least `historyMs`. */
  readonly samples: readonly Sample[];
  readonly limits: RiskLimits;
  /** When the standing grant was given, wall time, milliseconds: what was before is not its doing. */
  readonly since: number;
  readonly now: Moment;
}

/**
 * A reason to halt. Pure, and handed the clock.
 * @returns what is wrong, as words for the record; null while the rule is clear
 */
export interface Rule {
  readonly name: string;
  readonly trips: (context: RuleContext) => string | null;
}

/** How far back the samples must reach, milliseconds. */
export const historyMs = 6 * 60 * 1000;

/** Whether a thing held in each of the newest samples, as many as are asked for. One bad tick is not a breach. */
export function heldFor(samples: readonly Sample[], count: number, holds: (sample: Sample) => boolean): boolean {
  return samples.length >= count && samples.slice(-count).every(holds);
}

/** For how long a thing has held without a break until the newest sample, milliseconds; 0 while it does not. */
export function heldMs(samples: readonly Sample[], holds: (sample: Sample) => boolean): number {
  const newest = samples.at(-1);
  if (!newest || !holds(newest)) return 0;
  const broken = samples.findLastIndex((sample) => !holds(sample));
  return newest.at - samples[broken + 1]!.at;
}
