import type { WorkloadName } from '../../posture/posture';
import type { Answers, OrderRow } from './answers';

/** One thing that is asked again and again. Times are milliseconds since the epoch. */
export interface Source<T> {
  /** The newest answer; null where none has come. */
  readonly value: T | null;
  /** When it came; null where none has. */
  readonly answeredAt: number | null;
  /** Whether it is recent enough to be shown as how things are. */
  readonly isFresh: boolean;
  /** Why the newest question was not answered, where that is known. */
  readonly problem: string | null;
}

/** What the platform sees, whatever the workloads say of themselves. */
export interface PlatformSight {
  readonly replicas: readonly {
    readonly workload: WorkloadName;
    readonly state: string;
    readonly reason?: string;
  }[];
  /** What else is there, as sentences. */
  readonly others: readonly string[];
}

/** Orders that the gateway has counted since the page's server began to ask; steps of the same length. */
export interface Flow {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly stepMs: number;
  readonly filled: readonly number[];
  readonly refused: readonly number[];
}

/** Everything that the live page shows. Plain data: from here on nothing is asked. */
export interface LiveData {
  readonly stack: string;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Since when it has been asked, milliseconds since the epoch. */
  readonly since: number;
  readonly workloads: { readonly [Name in WorkloadName]: Source<Answers[Name]> };
  readonly platform: Source<PlatformSight>;
  /** The newest orders that the gateway recorded, newest first. */
  readonly orders: Source<readonly OrderRow[]>;
  readonly flow: Flow;
}

/** The newest answer, where it is recent enough to be shown as how things are. */
export const freshOf = <T>({ value, isFresh }: Source<T>): T | null => (isFresh ? value : null);
