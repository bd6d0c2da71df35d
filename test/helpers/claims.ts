import type { Claim } from '../../evidence/sign';
import type { Measurements } from '../../evidence/statement';
import { digestBytes } from '../../posture/digest';
import type { EvidenceKind } from '../../posture/proof';

export const measured = digestBytes('measured posture');
export const target = digestBytes('target posture');
export const measuredAt = '2026-01-02T03:04:05Z';

const sampling = {
  sampledSeconds: 900,
  intervalSeconds: 1,
  samples: 900,
  errorRate: 0.01,
  maxDrawdown: 0.02,
  degradedSeconds: 0,
  consecutiveRejections: 0,
  orders: { attempted: 10, filled: 9, rejected: 1 },
  realizedCloses: { source: 'trader.db', count: 4, expectedSource: 'trader.db', minimum: 3 },
  breaches: [],
} satisfies Measurements<'watch'>;

/** Measurements of each kind that amount to a pass. */
export const passing: { readonly [K in EvidenceKind]: Measurements<K> } = {
  preflight: { checks: [{ name: 'backend health', passed: true }] },
  snapshot: { files: [{ name: 'config.yaml', digest: digestBytes('config'), bytes: 6 }] },
  canary: {
    verdict: 'promote',
    baseline: 'flat',
    trades: 60,
    minTrades: 30,
    alpha: 0.05,
    margin: 0.001,
    mean: 0.002,
    lower: 0.0001,
    upper: 0.004,
    dataFrom: '2026-01-01T00:00:00Z',
    dataUntil: '2026-01-02T00:00:00Z',
    trainedUntil: '2025-12-01T00:00:00Z',
  },
  watch: sampling,
  soak: { ...sampling, sampledSeconds: 1800, samples: 1800 },
  drill: {
    drillAccount: 'drill-1',
    drillGenesis: digestBytes('genesis'),
    steps: [{ name: 'halt', passed: true }],
    haltSeconds: 0.4,
    boundSeconds: 1,
  },
  approval: {
    transition: digestBytes('transition'),
    ledgerHead: digestBytes('head'),
    evidence: [digestBytes('canary')],
    expiresAt: '2026-01-02T04:04:05Z',
  },
};

export const kinds = Object.keys(passing) as EvidenceKind[];

/** A claim that passes, of any kind. */
export function claimOf<K extends EvidenceKind>(kind: K, changes: Partial<Claim<K>['predicate']> = {}): Claim<K> {
  return {
    kind,
    measured,
    target,
    predicate: {
      stack: 'main',
      account: { venue: 'simulated', id: 'simulated-1' },
      measuredAt,
      feed: 'embedded',
      timeScale: 1,
      tool: { name: 'cutover', version: '0.1.0' },
      rawData: null,
      passed: true,
      measurements: passing[kind],
      ...changes,
    },
  };
}
