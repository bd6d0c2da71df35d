import type { Candle } from './candles';

/**
 * The embedded market: a seeded random walk of one-minute candles with a **planted edge**, so that an honest model has
 * something to find and an honest canary something to promote on.
 *
 * The log return of candle `i` is `drift_i + sigma * noise_i`, where the hidden drift follows an AR(1) process
 * `drift_i = phi * drift_(i-1) + tau * shock_i`. With the constants below the drift's standard deviation is about 0.82 of
 * the noise's and it halves every 23 candles, so momentum over the last 20 candles tells the sign of the next five far
 * better than chance. It is that large because a round trip costs 0.22 % (fee and half spread, both sides): with half of
 * it the shipped strategy was right more often than not, and still lost. Real markets are not so kind; nothing measured
 * on this feed says anything about one.
 */
export const edge = { phi: 0.97, tau: 0.000_24, sigma: 0.001_2 } as const;

/** The same market without anything to find: what an honest canary must not promote on. */
export const noEdge = { ...edge, tau: 0 } as const;

export const embeddedIntervalSeconds = 60;
/** Where every embedded series starts: a fixed date, so that a seed names the same candles for ever. */
export const embeddedEpoch = Date.UTC(2026, 0, 1);

const startPrices: Record<string, number> = { BTCUSDT: 60_000, ETHUSDT: 3_000 };
/** The symbols that the embedded market has. */
export const embeddedSymbols: readonly string[] = Object.keys(startPrices);

/** The endless candles of a symbol: the same seed and symbol give the same candles. Prices are in USD. */
export function* embeddedCandles(
  symbol: string,
  seed: number,
  { phi, tau, sigma }: { readonly phi: number; readonly tau: number; readonly sigma: number } = edge,
): Generator<Candle, never, void> {
  const random = seededRandom(`${seed}:${symbol}`);
  let price = startPrices[symbol] ?? 100;
  let drift = 0;
  for (let time = embeddedEpoch; ; time += embeddedIntervalSeconds * 1000) {
    drift = phi * drift + tau * gaussian(random);
    const open = price;
    price = open * Math.exp(drift + sigma * gaussian(random));
    const wick = 1 + sigma * 0.5 * random();
    yield {
      time,
      open,
      high: Math.max(open, price) * wick,
      low: Math.min(open, price) / wick,
      close: price,
      volume: 1 + 9 * random(),
    };
  }
}

/** A small, well-distributed generator of numbers in [0, 1): sfc32, seeded by a string. */
export function seededRandom(seed: string): () => number {
  let hash = 2_166_136_261;
  for (const char of seed) hash = Math.imul(hash ^ char.charCodeAt(0), 16_777_619);
  let [a, b, c, counter] = [hash, hash ^ 0x9e37_79b9, hash ^ 0x85eb_ca6b, 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let round = 0; round < 15; round += 1) next(); // sfc32 needs a few rounds to mix its seed
  return next;
}

/** A standard normal number, by Box and Muller. */
export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
