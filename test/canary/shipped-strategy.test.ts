import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { parseCandles } from '../../market/candles';
import { embeddedCandles, noEdge } from '../../market/embedded-feed';
import { recipeFor } from '../../workloads/model-service/training/recipes';
import { trainModel } from '../../workloads/model-service/training/train-model';
import { describeReport, paperTrade } from '../helpers/paper-trading';

const { network } = trainModel('1.0.0', recipeFor('1.0.0'));
const recording = path.resolve(__dirname, '../../../shared/data/market/ETH_BTC-5m.csv');

const embedded = (seed: number, constants?: typeof noEdge) => {
  const candles = embeddedCandles('BTCUSDT', seed, constants);
  return Array.from({ length: 4_000 }, () => candles.next().value);
};

it.each([1, 2, 3, 4, 9_001])(
  'is promoted on the embedded feed, within minutes at the default speed (seed %s)',
  (seed) => {
    const report = paperTrade(network, embedded(seed));
    console.log(describeReport(`embedded feed, seed ${seed}`, report));
    expect(report.verdict).toBe('promote');
    expect(report.trades).toBeLessThanOrEqual(150);
    expect(report.meanOfAll).toBeGreaterThan(0);
  },
);

it('is rejected on the embedded feed without its planted edge: the costs remain', () => {
  const report = paperTrade(network, embedded(1, noEdge));
  console.log(describeReport('embedded feed without edge', report));
  expect(report.verdict).toBe('reject');
});

it.skipIf(!existsSync(recording))('gets a verdict on recorded candles, whatever it is', () => {
  const { candles } = parseCandles(readFileSync(recording, 'utf8'), 'ETH_BTC-5m.csv');
  const report = paperTrade(network, candles);
  console.log(describeReport('recorded ETH/BTC, 5 minutes', report));
  // Nothing is tuned to this recording, so the test asks only for consistency.
  expect(report.trips.length).toBeGreaterThan(0);
  expect(report.lower).toBeLessThanOrEqual(report.upper);
});
