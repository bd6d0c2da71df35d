import { z } from 'zod';
import type { EvidenceKind } from '../posture/proof';
import { digest, name, note, time } from './forms';

// What each kind of evidence measures. Seconds, USD and fractions; times are RFC 3339, UTC.

const amount = z.number().min(0);
const count = z.int().min(0);
const fraction = z.number().min(0).max(1);
const checks = z
  .array(z.strictObject({ name, passed: z.boolean(), detail: note.optional() }))
  .min(1)
  .max(200);

/** Where closed trades are found: the trader's own record, and the exit manager's where that cannot be read. */
export const closesSources = ['trader.db', 'exit_manager.db'] as const;
export type ClosesSource = (typeof closesSources)[number];

/** Fixed sampling of logs, health and the gateway's record, over a time. */
const sampling = z.strictObject({
  /** Seconds of the measured system's clock. */
  sampledSeconds: amount,
  intervalSeconds: z.number().positive(),
  samples: count,
  errorRate: fraction,
  maxDrawdown: fraction,
  /** The longest time that the model's health was degraded without a break. */
  degradedSeconds: amount,
  consecutiveRejections: count,
  orders: z.strictObject({ attempted: count, filled: count, rejected: count }),
  /** Closed trades that were found and where, `none` where no record could be read; and what was wanted. */
  realizedCloses: z.strictObject({
    source: z.enum([...closesSources, 'none']),
    count,
    expectedSource: z.enum(closesSources),
    minimum: count,
  }),
  /** What went wrong; a pass has none. */
  breaches: z.array(note).max(200),
});

/** The measurements of each kind. */
export const measurementsOf = {
  preflight: z.strictObject({ checks }),
  snapshot: z.strictObject({
    files: z
      .array(z.strictObject({ name: note.min(1), digest, bytes: count, rows: z.record(name, count).optional() }))
      .min(1)
      .max(500),
  }),
  canary: z.strictObject({
    verdict: z.enum(['promote', 'reject', 'not_yet']),
    baseline: z.enum(['flat', 'current']),
    trades: count,
    minTrades: z.int().positive(),
    alpha: z.number().gt(0).lt(1),
    margin: fraction,
    /** Mean net return of a trade, or its difference to the baseline, and its bounds, fractions of its size. */
    mean: z.number().nullable(),
    lower: z.number().nullable(),
    upper: z.number().nullable(),
    dataFrom: time,
    dataUntil: time,
    /** The end of the model's training window, null where the model does not say. */
    trainedUntil: time.nullable(),
  }),
  watch: sampling,
  soak: sampling,
  drill: z.strictObject({
    drillAccount: name,
    drillGenesis: digest,
    steps: checks,
    /** From the halt's command to the last order that the venue accepted. */
    haltSeconds: amount,
    boundSeconds: z.number().positive(),
  }),
  approval: z.strictObject({
    transition: digest,
    ledgerHead: digest,
    evidence: z.array(digest).max(50),
    expiresAt: time,
    comment: note.optional(),
  }),
} as const satisfies Record<EvidenceKind, z.ZodType>;

type Measured<K extends EvidenceKind> = z.output<(typeof measurementsOf)[K]>;

const samplingPassed = ({ breaches, samples, realizedCloses }: z.output<typeof sampling>) =>
  breaches.length === 0 &&
  samples > 0 &&
  realizedCloses.source === realizedCloses.expectedSource &&
  realizedCloses.count >= realizedCloses.minimum;

/**
 * Whether measurements amount to a pass. `passed` is never taken at its word: an evidence that says it although its
 * own measurements do not is refused, whoever signed it.
 */
const passes: { readonly [K in EvidenceKind]: (measured: Measured<K>) => boolean } = {
  preflight: (measured) => measured.checks.every(({ passed }) => passed),
  snapshot: () => true,
  // Too few trades are never a pass.
  canary: ({ verdict, trades, minTrades, lower, margin }) =>
    verdict === 'promote' && trades >= minTrades && lower !== null && lower > -margin,
  watch: samplingPassed,
  soak: samplingPassed,
  drill: ({ steps, haltSeconds, boundSeconds }) => steps.every(({ passed }) => passed) && haltSeconds <= boundSeconds,
  approval: () => true,
};

/** Whether a kind's measurements allow `passed: true`. */
export function canPass<K extends EvidenceKind>(kind: K, measured: Measured<K>): boolean {
  return passes[kind](measured);
}
