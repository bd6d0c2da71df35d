import type { RuleContext, Sample } from '../../../../workloads/guardian/rules/rule';

/** A sample in which all is well. */
export const well: Sample = {
  at: 0,
  dead: [],
  strays: [],
  backend: { drawdown: 0.01, locked: false, modelOk: true },
  modelService: { ok: true },
  gateway: { drawdown: 0.01 },
  logLines: 2,
  logErrors: 0,
  ordersAttempted: 0,
  ordersFailed: 0,
  orders: { gateway: [], backend: [] },
};

/** A second apart, the last one now. */
export function everySecond(samples: readonly Partial<Sample>[]): Sample[] {
  return samples.map((sample, index) => ({ ...well, ...sample, at: index * 1000 }));
}

export const repeat = (count: number, sample: Partial<Sample>) => Array.from({ length: count }, () => sample);

/** What a rule is asked. The grant is ten minutes old. */
export function contextOf(samples: readonly Sample[], wallMs = 10_000_000): RuleContext {
  return {
    samples,
    limits: { maxOrderUsd: 1, maxPositionUsd: 2, maxDrawdown: 0.1, maxOrdersPerMinute: 3 },
    since: wallMs - 600_000,
    now: { wallMs, monoMs: samples.at(-1)?.at ?? 0 },
  };
}
