import { type Digest, digestBytes } from '../posture/digest';
import { type AgentPosture, type Posture, workloadNames } from '../posture/posture';

/**
 * A small but complete domain of postures: each dimension of risk with every way in which two of its values may compare.
 * An option of each dimension is a number, and a point says them all.
 */
export const dimensions = {
  mode: 2,
  /** A bit for each of two agents. */
  agents: 4,
  limit: 2,
  threshold: 2,
  model: 2,
  image: 2,
  venue: 3,
  /** How gates and guardian are set, which can only be told apart. */
  gates: 2,
} as const;
export type Point = { readonly [K in keyof typeof dimensions]: number };

/** Options in the order of their numbers. The first limit is the cap of the trust root, the second is beyond it. */
export const limits = [1_000, 2_000] as const;
const thresholds = [0.5, 0.6] as const;
export const venues = ['simulated', 'sandbox', 'production'] as const;
const code = digestBytes('code');
const versions = ['one', 'other'].map((text) => digestBytes(text)) as [Digest, Digest];
const agents: readonly AgentPosture[] = ['live_trader', 'quant_company_agent'].map((name) => ({
  name,
  command: [],
  args: [],
  source: code,
}));

/** Parts that are the same in many postures are the same object, so that comparing them is cheap. */
const shared = {
  agents: [0, 1, 2, 3].map((bits) => agents.filter((_, index) => bits & (1 << index))),
  symbols: ['BTCUSDT'],
  risks: limits.map((maxOrderUsd) => ({
    maxOrderUsd,
    maxPositionUsd: 5_000,
    maxDrawdown: 0.1,
    maxOrdersPerMinute: 60,
  })),
  models: versions.map((digest, index) => ({ version: `1.${index}`, digest })),
  market: { feed: 'embedded', seed: 1, speed: 1 } as const,
  accounts: venues.map((venue) => ({ venue, id: `${venue}-1` })),
  workloads: versions.map((backend) => ({ ...each(code), backend })),
  settings: versions.map((guardian) => ({ ...each(code), guardian })),
};

function each(digest: Digest): Posture['workloads'] {
  return Object.fromEntries(workloadNames.map((name) => [name, digest])) as Posture['workloads'];
}

/** Every point of the domain. */
export function allPoints(): Point[] {
  let points: Partial<Point>[] = [{}];
  for (const [name, options] of Object.entries(dimensions)) {
    points = points.flatMap((point) => Array.from({ length: options }, (_, option) => ({ ...point, [name]: option })));
  }
  return points as Point[];
}

/** The posture of a point. */
export function postureAt(point: Point): Posture {
  return {
    stack: 'main',
    tradingMode: point.mode === 1 ? 'live' : 'paper',
    account: shared.accounts[point.venue]!,
    agents: shared.agents[point.agents]!,
    symbols: shared.symbols,
    risk: shared.risks[point.limit]!,
    confidenceThreshold: thresholds[point.threshold]!,
    model: shared.models[point.model]!,
    market: shared.market,
    workloads: shared.workloads[point.image]!,
    settings: shared.settings[point.gates]!,
  };
}
