import { type Digest, digestOf, rememberDigest } from './digest';

/** The workloads of a stack, in the order in which they start. */
export const workloadNames = [
  'simulated-venue',
  'gateway',
  'model-service',
  'backend',
  'orchestrator',
  'guardian',
] as const;
export type WorkloadName = (typeof workloadNames)[number];

export type TradingMode = 'paper' | 'live';

/** Money in USD, fractions 0..1. */
export interface RiskLimits {
  readonly maxOrderUsd: number;
  readonly maxPositionUsd: number;
  /** Fraction of the equity's peak. */
  readonly maxDrawdown: number;
  readonly maxOrdersPerMinute: number;
}

/** An agent that is enabled, with everything that decides what it does. */
export interface AgentPosture {
  readonly name: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** Digest of the code that it runs; of the files its command names, where the code is not ours. */
  readonly source: Digest;
}

/** Where prices come from. */
export type MarketPosture =
  | { readonly feed: 'embedded'; readonly seed: number; readonly speed: number }
  | {
      readonly feed: 'recorded';
      readonly files: Readonly<Record<string, Digest>>;
      readonly usdPerQuote: number;
      readonly speed: number;
    };

/** Everything that decides how much risk a stack carries. Plain JSON. */
export interface Posture {
  readonly stack: string;
  readonly tradingMode: TradingMode;
  readonly account: { readonly venue: string; readonly id: string };
  readonly agents: readonly AgentPosture[];
  readonly symbols: readonly string[];
  readonly risk: RiskLimits;
  /** Fraction 0..1. */
  readonly confidenceThreshold: number;
  readonly model: { readonly version: string; readonly digest: Digest };
  readonly market: MarketPosture;
  /** Digest of the code of each workload. */
  readonly workloads: Readonly<Record<WorkloadName, Digest>>;
  /**
   * Digest of everything else that each workload is started with: its arguments, and every environment variable that
   * no field above speaks for. Opaque: two values of it cannot be compared, only told apart.
   */
  readonly settings: Readonly<Record<WorkloadName, Digest>>;
}

/** The digest that names a posture. */
export const digestPosture = rememberDigest((posture: Posture) => digestOf(posture));

/** Whether a posture has a digest: not where it holds what JSON cannot, such as a number that is none. */
export function hasDigest(posture: Posture): boolean {
  try {
    digestPosture(posture);
    return true;
  } catch {
    return false;
  }
}
