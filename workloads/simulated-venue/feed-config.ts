import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CutoverError, exitCodes, messageOf } from '../../errors';
import { parseCandles, preRollCandles } from '../../market/candles';
import { edge } from '../../market/embedded-feed';
import { readJson } from '../read-json';
import { embeddedFeed, recordedFeed, type SymbolFeed } from './feed';

/** All symbols of a market, on one time. */
export interface MarketFeed {
  /** Names everything that decides the candles: the kind of feed and its seed or files. */
  readonly identity: string;
  readonly symbols: ReadonlyMap<string, SymbolFeed>;
  /** Where market time starts, in milliseconds since the epoch: every symbol has its first candles. */
  readonly startsAt: number;
  /** The market ends with the first symbol that does. `Infinity` for a feed without end. */
  readonly endsAt: number;
  /** USD for one unit of the currency that prices are in. */
  readonly usdPerQuote: number;
  /** Market seconds per wall second. */
  readonly speed: number;
}

const speed = z.number().positive().max(10_000).default(1);
const usdPerQuote = z.number().positive().default(1);
const feedShape = z.discriminatedUnion('feed', [
  z.strictObject({ feed: z.literal('embedded'), seed: z.int(), usdPerQuote, speed }),
  z.strictObject({ feed: z.literal('recorded'), files: z.record(z.string(), z.string()), usdPerQuote, speed }),
]);

/**
 * Reads `MARKET_FEED` and the recorded files that it names.
 * @param text the variable's JSON
 * @param symbols the symbols to trade
 * @throws CutoverError `invalid_market_feed`, `malformed_candles` or `market_too_short`, with every failure in `details`
 */
export function loadMarketFeed(text: string, symbols: readonly string[]): MarketFeed {
  const read = readJson(feedShape, text);
  if ('failures' in read) throw invalid('invalid_market_feed', 'MARKET_FEED is not valid', read.failures);
  const config = read.value;
  if (config.feed === 'embedded') {
    const feeds = symbols.map((symbol) => [symbol, embeddedFeed(symbol, config.seed)] as const);
    return join(feeds, { feed: config.feed, seed: config.seed, edge, usdPerQuote: config.usdPerQuote }, config);
  }
  const failures: CutoverError[] = [];
  const digests: Record<string, string> = {};
  const feeds: (readonly [string, SymbolFeed])[] = [];
  for (const symbol of [...symbols].sort()) {
    try {
      const file = readRecording(symbol, config.files[symbol]);
      digests[symbol] = file.digest;
      feeds.push([symbol, file.feed]);
    } catch (error) {
      if (!(error instanceof CutoverError)) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    const details = failures.flatMap((failure) => [failure.message, ...failure.details]);
    throw invalid(failures[0]!.code, 'the recorded market cannot be read', details);
  }
  return join(feeds, { feed: config.feed, digests, usdPerQuote: config.usdPerQuote }, config);
}

function readRecording(symbol: string, file: string | undefined): { digest: string; feed: SymbolFeed } {
  if (file === undefined)
    throw invalid('invalid_market_feed', `MARKET_FEED: expected a file for the symbol ${symbol}, received none`, []);
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    throw invalid('invalid_market_feed', `MARKET_FEED: the file of ${symbol} cannot be read: ${messageOf(error)}`, []);
  }
  const series = parseCandles(content.toString('utf8'), file);
  if (series.candles.length <= preRollCandles) {
    const expected = `expected more than ${preRollCandles} candles, received ${series.candles.length}`;
    throw invalid('market_too_short', `${file}: ${expected}`, []);
  }
  return { digest: createHash('sha256').update(content).digest('hex'), feed: recordedFeed(series) };
}

function join(
  feeds: readonly (readonly [string, SymbolFeed])[],
  identity: object,
  config: { usdPerQuote: number; speed: number },
): MarketFeed {
  const startsAt = Math.max(...feeds.map(([, feed]) => feed.startsAt));
  const endsAt = Math.min(...feeds.map(([, feed]) => feed.endsAt));
  if (!(startsAt < endsAt)) {
    const spans = feeds.map(
      ([symbol, feed]) => `${symbol}: tradable from ${iso(feed.startsAt)} to ${iso(feed.endsAt)}`,
    );
    throw invalid('market_too_short', 'the recorded files have no time in common', spans);
  }
  const { usdPerQuote, speed } = config;
  return { identity: JSON.stringify(identity), symbols: new Map(feeds), startsAt, endsAt, usdPerQuote, speed };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function invalid(code: string, message: string, details: string[]): CutoverError {
  return new CutoverError(code, message, { exitCode: exitCodes.usage, details });
}
