import { type CanaryReport, CanaryRunner } from '../../canary/runner';
import { type CanarySettings, defaultSettings } from '../../canary/settings';
import type { Candle } from '../../market/candles';
import { computeFeatures, featureNames, featureWindow } from '../../market/features';
import { feeFraction, fillPrice, halfSpreadFraction, type Side } from '../../market/fill';
import { forward, type Network } from '../../workloads/model-service/network';
import { momentum } from '../../workloads/orchestrator/agents/momentum';

const qtyUsd = 1_000;

/**
 * What the shipped live_trader does on these candles, and what a canary says of it: features, model, strategy, fees and
 * spread as in a running stack, without its processes. `meanOfAll` counts the trips after the verdict too.
 */
export function paperTrade(
  network: Network,
  candles: readonly Candle[],
  { threshold = 0.55, settings = defaultSettings }: { threshold?: number; settings?: CanarySettings } = {},
): CanaryReport & { readonly meanOfAll: number } {
  const runner = new CanaryRunner({ settings, sellCostFraction: feeFraction + halfSpreadFraction });
  let entry: { index: number; qty: number } | undefined;
  for (let index = featureWindow - 1; index < candles.length; index += 1) {
    const { close, time } = candles[index]!;
    const features = computeFeatures(candles.slice(index - featureWindow + 1, index + 1));
    const confidence = forward(
      network,
      featureNames.map((name) => features[name]),
    );
    const consensus = { allow: confidence >= threshold, confidence };
    const candlesHeld = entry ? index - entry.index : 0;
    const choice = momentum({ holding: entry !== undefined, candlesHeld, features, consensus });
    if (choice === 'wait') continue;
    const side: Side = choice;
    const price = fillPrice(side, close);
    const qty = side === 'buy' ? qtyUsd / price : entry!.qty;
    const valueUsd = qty * price;
    runner.onFill({
      id: `${index}`,
      symbol: 'X',
      side,
      qty,
      valueUsd,
      feeUsd: valueUsd * feeFraction,
      filledAt: Math.max(0, time),
      window: `${time}`,
    });
    entry = side === 'buy' ? { index, qty } : undefined;
  }
  const report = runner.report();
  return { ...report, meanOfAll: report.trips.reduce((sum, trip) => sum + trip.netReturn, 0) / report.trips.length };
}

/** One line to print: the verdict, whatever it is. Basis points are hundredths of a percent. */
export function describeReport(name: string, report: CanaryReport & { readonly meanOfAll: number }): string {
  const points = (value: number) => `${(value * 10_000).toFixed(1)} bp`;
  return `${name}: ${report.verdict} (${report.code}) after ${report.trades} round trips, bounds ${points(report.lower)} .. ${points(report.upper)}; mean of all ${report.trips.length}: ${points(report.meanOfAll)}`;
}
