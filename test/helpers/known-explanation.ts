import { digestBytes } from '../../posture/digest';
import type {
  CountedEvidence,
  ExplainedChange,
  ExplainedFile,
  ExplainedGate,
  ExplainedReason,
  Explanation,
} from '../../posture/explain/explanation';

/** When everything here is judged. */
export const judgedAt = Date.UTC(2026, 5, 1, 12);
export const minute = 60_000;

export const halted: ExplainedReason = {
  code: 'halt_open',
  severity: 'blocked',
  message: 'halted',
  meaning: 'Close it.',
};

export const rise: ExplainedChange = {
  dimension: 'mode',
  what: 'tradingMode',
  from: 'paper',
  to: 'live',
  direction: 'rise',
  proofs: ['canary', 'approval'],
  judged: true,
};
export const fall: ExplainedChange = {
  dimension: 'limit',
  what: 'risk.maxOrderUsd',
  from: 2,
  to: 1,
  direction: 'fall',
  proofs: [],
  judged: true,
};

export const counted: CountedEvidence = {
  file: 'canary.json',
  digest: digestBytes('canary'),
  measuredAt: judgedAt - 5 * minute,
  feed: 'embedded',
  timeScale: 1,
  keyIds: ['measure'],
  ageMs: 5 * minute,
  expiresAt: judgedAt + 30 * minute,
  leftMs: 30 * minute,
};

export const notCounting = (file: string): ExplainedFile => ({
  file,
  code: 'expired',
  severity: 'failed',
  message: 'canary is 99 s old, at most 60 s count',
  meaning: 'Make it anew.',
});

export const gate = (of: Partial<ExplainedGate> = {}): ExplainedGate => ({
  proof: 'canary',
  status: 'counts',
  askedBy: ['tradingMode'],
  counted,
  reasons: [],
  others: [],
  ...of,
});

/** From paper to live, allowed. */
export const known = (of: Partial<Explanation> = {}): Explanation => ({
  stack: 'main',
  verdict: 'allow',
  from: { tradingMode: 'paper', posture: digestBytes('from') },
  to: { tradingMode: 'live', posture: digestBytes('to') },
  judgedAt,
  changes: [rise],
  reasons: [],
  return: null,
  againstReturn: [],
  gates: [gate()],
  holdsUntil: judgedAt + 30 * minute,
  warnings: [],
  notNeeded: [],
  ledger: { readable: true, seq: 3, head: digestBytes('head'), standing: null, openHalts: 0 },
  trustRoot: { version: 2 },
  ...of,
});
