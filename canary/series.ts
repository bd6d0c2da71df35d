import { edge, embeddedCandles, gaussian, noEdge, seededRandom } from '../market/embedded-feed';
import { feeFraction, halfSpreadFraction } from '../market/fill';

/** Net returns of simulated trades, around a mean of 0: the arm under test adds its own. Fractions. */
export interface Series {
  readonly name: string;
  readonly arms: 'single' | 'paired';
  /**
   * Whether the mean given the past is the mean: what the bound needs. Where it is not, nobody's bound holds, and the
   * rates are measured to show how far off they are.
   */
  readonly guaranteed: boolean;
  /** An endless run. */
  returns(seed: string): Generator<number, never, void>;
}

const deviation = 0.004;

/** The series that the canary is calibrated on. */
export const series: readonly Series[] = [
  { name: 'gaussian', arms: 'single', guaranteed: true, returns: (seed) => each(seed, (r) => deviation * gaussian(r)) },
  {
    name: 'heavy tails: Student t with 3 degrees of freedom, cut',
    arms: 'single',
    guaranteed: true,
    returns: (seed) => each(seed, (r) => cut((deviation / Math.sqrt(3)) * studentT3(r))),
  },
  {
    name: 'skewed: many small gains, a rare loss',
    arms: 'single',
    guaranteed: true,
    returns: (seed) => each(seed, rareLoss),
  },
  { name: 'volatility in regimes', arms: 'single', guaranteed: true, returns: volatilityRegimes },
  {
    name: 'paired: two correlated arms',
    arms: 'paired',
    guaranteed: true,
    returns: (seed) =>
      each(seed, (r) => {
        const market = deviation * gaussian(r);
        const [candidate, baseline] = [market + 0.002 * gaussian(r), market + 0.002 * gaussian(r)];
        return candidate - baseline;
      }),
  },
  {
    name: 'embedded feed with its edge, momentum rule',
    arms: 'single',
    guaranteed: false,
    returns: (seed) => momentumTrades(seed, edge),
  },
  {
    name: 'embedded feed without edge, momentum rule',
    arms: 'single',
    guaranteed: true,
    returns: (seed) => momentumTrades(seed, noEdge),
  },
  { name: 'drifting: the mean itself comes in regimes', arms: 'single', guaranteed: false, returns: drifting },
];

function* each(seed: string, draw: (random: () => number) => number): Generator<number, never, void> {
  const random = seededRandom(seed);
  for (;;) yield draw(random);
}

const cut = (value: number) => Math.max(-0.018, Math.min(0.018, value));

function studentT3(random: () => number): number {
  const chiSquared = gaussian(random) ** 2 + gaussian(random) ** 2 + gaussian(random) ** 2;
  return gaussian(random) / Math.sqrt(chiSquared / 3);
}

/** One trade in twenty loses 1.5 %; the others gain what makes the mean 0. */
function rareLoss(random: () => number): number {
  return random() < 0.05 ? -0.015 : 0.015 / 19;
}

function* volatilityRegimes(seed: string): Generator<number, never, void> {
  const random = seededRandom(seed);
  for (let wild = false; ; ) {
    if (random() < 0.05) wild = !wild;
    yield cut((wild ? 0.006 : 0.001) * gaussian(random));
  }
}

function* drifting(seed: string): Generator<number, never, void> {
  const random = seededRandom(seed);
  for (let good = random() < 0.5; ; ) {
    if (random() < 0.02) good = !good;
    yield cut((good ? 0.001 : -0.001) + deviation * gaussian(random));
  }
}

const holdCandles = 5;
const lookBack = 20;
/** Fee and half spread, on both sides. */
export const roundTripCost = 2 * (feeFraction + halfSpreadFraction);
const start = 0.003;

/** Buys after a rise over 20 candles, holds for five. Less the long-run mean, so that arms can be placed around 0. */
function* momentumTrades(seed: string, constants: typeof edge | typeof noEdge): Generator<number, never, void> {
  const centre = momentumMean(constants);
  for (const value of rawMomentumTrades(seed, constants)) yield cut(value - centre);
  throw new RangeError('the embedded feed has no end');
}

function* rawMomentumTrades(seed: string, constants: typeof edge | typeof noEdge): Generator<number, void, void> {
  const closes: number[] = [];
  let bought: { index: number; close: number } | undefined;
  let index = 0;
  for (const { close } of embeddedCandles('CANARY', Number(seed.replace(/\D/g, '')), constants)) {
    closes.push(close);
    if (closes.length > lookBack + 1) closes.shift();
    if (bought && index - bought.index >= holdCandles) {
      yield close / bought.close - 1 - roundTripCost;
      bought = undefined;
    } else if (!bought && closes.length > lookBack && close / closes[0]! - 1 > start) bought = { index, close };
    index += 1;
  }
}

const means = new Map<number, number>();
const meanTrades = 40_000;

/** Mean net return of the rule, measured once on a seed of its own. */
export function momentumMean(constants: typeof edge | typeof noEdge): number {
  const known = means.get(constants.tau);
  if (known !== undefined) return known;
  let sum = 0;
  let count = 0;
  for (const value of rawMomentumTrades('777000777', constants)) {
    sum += value;
    count += 1;
    if (count === meanTrades) break;
  }
  means.set(constants.tau, sum / count);
  return sum / count;
}
