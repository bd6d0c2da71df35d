import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, describe, expect } from 'vitest';
import { type Candle, parseCandles, preRollCandles } from '../../../market/candles';
import { embeddedCandles, embeddedEpoch } from '../../../market/embedded-feed';
import { embeddedFeed, keptCandles, recordedFeed } from '../../../workloads/simulated-venue/feed';
import { loadMarketFeed } from '../../../workloads/simulated-venue/feed-config';
import { makeCsv } from './make-csv';

const folder = mkdtempSync(path.join(tmpdir(), 'feed-'));
afterAll(() => rmSync(folder, { recursive: true }));
function writeCsv(name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

const all: Candle[] = [];
for (const candle of embeddedCandles('BTCUSDT', 7)) if (all.push(candle) === 12_000) break;

describe('embedded feed', () => {
  const feed = embeddedFeed('BTCUSDT', 7);

  test.prop([fc.array(fc.tuple(fc.nat({ max: 12_000 * 60_000 }), fc.integer({ min: 1, max: keptCandles })))], {
    numRuns: 20,
  })('is a function of market time, in whatever order it is asked', (queries) => {
    for (const [elapsed, limit] of queries) {
      const closed = Math.floor(elapsed / 60_000);
      expect(feed.closedCandles(embeddedEpoch + elapsed, limit)).toEqual(
        all.slice(Math.max(0, closed - limit), closed),
      );
    }
  });

  test('has its pre-roll at the start', () => {
    expect(feed.closedCandles(feed.startsAt, keptCandles)).toHaveLength(preRollCandles);
  });
});

describe('recorded feed', () => {
  test.prop([fc.integer({ min: 0, max: 200 * 300_000 }), fc.integer({ min: 1, max: 200 })])(
    'shows closed candles only',
    (elapsed, limit) => {
      const series = parseCandles(makeCsv(150), 'made');
      const time = series.candles[0]!.time + elapsed;
      const expected = series.candles.filter((candle) => candle.time + 300_000 <= time).slice(-limit);
      expect(recordedFeed(series).closedCandles(time, limit)).toEqual(expected);
    },
  );

  test('takes the time that all files have in common', () => {
    const files = { A: writeCsv('a.csv', makeCsv(300)), B: writeCsv('b.csv', makeCsv(280, 10)) };
    const feed = loadMarketFeed(JSON.stringify({ feed: 'recorded', files, usdPerQuote: 10_000, speed: 60 }), [
      'A',
      'B',
    ]);
    expect(feed.startsAt).toBe(feed.symbols.get('B')!.startsAt);
    expect(feed.endsAt).toBe(feed.symbols.get('B')!.endsAt);
    expect(feed.usdPerQuote).toBe(10_000);
  });
});

describe('MARKET_FEED', () => {
  const codeOf = (config: unknown, symbols = ['A', 'B']) => {
    try {
      loadMarketFeed(typeof config === 'string' ? config : JSON.stringify(config), symbols);
      return undefined;
    } catch (error) {
      return error as { code: string; details: string[] };
    }
  };

  test('is refused with every failure at once', () => {
    expect(codeOf('{')?.code).toBe('invalid_market_feed');
    const failure = codeOf({ feed: 'embedded', seed: 1.5, speed: -1 });
    expect(failure).toMatchObject({ code: 'invalid_market_feed' });
    expect(failure?.details).toHaveLength(2);
  });

  test('names every file that cannot be used', () => {
    const files = { A: writeCsv('short.csv', makeCsv(20)), B: writeCsv('bad.csv', 'not,candles\n') };
    const failure = codeOf({ feed: 'recorded', files }, ['A', 'B', 'C', 'D']);
    const details = failure?.details.join('\n') ?? '';
    for (const part of ['short.csv', 'bad.csv', 'line 1', 'symbol C', 'symbol D']) expect(details).toContain(part);
  });

  test('is refused when the files have no time in common', () => {
    const files = { A: writeCsv('early.csv', makeCsv(150)), B: writeCsv('late.csv', makeCsv(150, 1_000)) };
    expect(codeOf({ feed: 'recorded', files })?.code).toBe('market_too_short');
  });

  test('another seed, file or price unit is another feed; another speed is not', () => {
    const identity = (config: object) => loadMarketFeed(JSON.stringify(config), ['A']).identity;
    const [one, other] = [writeCsv('one.csv', makeCsv(150)), writeCsv('other.csv', makeCsv(151))];
    const base = { feed: 'recorded', files: { A: one }, usdPerQuote: 1, speed: 1 };
    expect(identity({ ...base, speed: 2 })).toBe(identity(base));
    expect(identity({ ...base, files: { A: writeCsv('copy.csv', makeCsv(150)) } })).toBe(identity(base));
    const others = [
      { ...base, files: { A: other } },
      { ...base, usdPerQuote: 2 },
      { feed: 'embedded', seed: 1 },
      { feed: 'embedded', seed: 2 },
    ];
    expect(new Set([base, ...others].map(identity)).size).toBe(5);
  });
});
