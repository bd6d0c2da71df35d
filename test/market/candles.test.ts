import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { CutoverError } from '../../errors';
import { type Candle, parseCandles } from '../../market/candles';

const header = 'time,open,high,low,close,volume';
const row = (index: number, values = '2,3,1,2,0') => `${new Date(index * 60_000).toISOString()},${values}`;
const read = (lines: readonly string[], end = '\n') => parseCandles(lines.join(end) + end, 'a.csv');

function failuresOf(lines: readonly string[]): readonly string[] {
  try {
    read(lines);
  } catch (error) {
    expect(error).toBeInstanceOf(CutoverError);
    expect(error).toMatchObject({ code: 'malformed_candles', exitCode: 2, message: expect.stringContaining('a.csv') });
    return (error as CutoverError).details;
  }
  throw new Error('it was accepted');
}

const price = fc.double({ min: 1e-8, max: 1e8, noNaN: true });
const series: fc.Arbitrary<{ intervalSeconds: number; candles: Candle[] }> = fc
  .record({
    start: fc.integer({ min: 0, max: 4_000_000_000 }),
    intervalSeconds: fc.integer({ min: 1, max: 86_400 }),
    prices: fc.array(fc.tuple(price, price, price, price, fc.double({ min: 0, max: 1e9, noNaN: true })), {
      minLength: 2,
      maxLength: 20,
    }),
  })
  .map(({ start, intervalSeconds, prices }) => ({
    intervalSeconds,
    candles: prices.map(([one, two, three, four, volume], index) => {
      const [low, open, close, high] = [one, two, three, four].sort((a, b) => a - b) as [
        number,
        number,
        number,
        number,
      ];
      return { time: (start + index * intervalSeconds) * 1000, open, high, low, close, volume };
    }),
  }));

const lineOf = ({ time, open, high, low, close, volume }: Candle) =>
  [new Date(time).toISOString(), open, high, low, close, volume].join();

describe('parseCandles', () => {
  test.prop([series, fc.constantFrom('\n', '\r\n'), fc.boolean()])(
    'reads back what was written, with either line end, with or without a last one',
    (written, end, closed) => {
      const text = [header, ...written.candles.map(lineOf)].join(end) + (closed ? end : '');
      expect(parseCandles(text, 'a.csv')).toEqual(written);
    },
  );

  test.prop([fc.string(), fc.array(fc.oneof(fc.string(), fc.constant(row(1)), fc.constant(row(2))))])(
    'gives candles or malformed_candles, whatever text comes',
    (first, lines) => {
      for (const text of [first, [header, ...lines].join('\n')]) {
        try {
          parseCandles(text, 'a.csv');
        } catch (error) {
          expect((error as CutoverError).code).toBe('malformed_candles');
        }
      }
    },
  );

  test.prop([
    series,
    fc.nat(),
    fc.constantFrom('', 'x', 'NaN', 'Infinity', '-1', '0', '1e999', ' '),
    fc.integer({ min: 1, max: 4 }),
  ])('names the line and the field of a price that is none', ({ candles }, at, bad, field) => {
    const index = at % candles.length;
    const lines = candles.map(lineOf);
    const fields = lines[index]!.split(',');
    fields[field] = bad;
    lines[index] = fields.join();
    const name = header.split(',')[field]!;
    expect(failuresOf([header, ...lines])[0]).toBe(
      `line ${index + 2}: expected ${name} to be a number over 0, received ${JSON.stringify(bad)}`,
    );
  });

  test.prop([series.filter(({ candles }) => candles.length > 3), fc.nat()])(
    'finds a missing candle',
    ({ candles }, at) => {
      const missing = 2 + (at % (candles.length - 3));
      const lines = candles.map(lineOf).toSpliced(missing, 1);
      expect(failuresOf([header, ...lines])).toEqual([
        expect.stringMatching(`^line ${missing + 2}: expected the candle`),
      ]);
    },
  );

  it.each<[string, string[], RegExp]>([
    ['an empty file', [''], /^line 1: expected the header .*received ""$/],
    ['another header', ['date,o,h,l,c,v', row(1), row(2)], /^line 1: expected the header/],
    ['no candle', [header], /^expected at least 2 candles, received 0$/],
    ['one candle', [header, row(1)], /^expected at least 2 candles, received 1$/],
    ['too few fields', [header, row(1), '2026-01-01T00:00:00Z,1'], /^line 3: expected 6 fields, received 2$/],
    ['an empty line within', [header, row(1), '', row(2)], /^line 3: expected 6 fields, received 1$/],
    ['a time without its zone', [header, '2026-01-01T00:00:00,2,3,1,2,0'], /^line 2: expected a time such as/],
    ['a date', [header, '2026-01-01,2,3,1,2,0'], /^line 2: expected a time such as/],
    ['a time that is none', [header, '2026-13-01T00:00:00Z,2,3,1,2,0'], /^line 2: expected a time such as/],
    ['the same time twice', [header, row(1), row(1)], /^line 3: expected a time after the line before/],
    ['newest first', [header, row(2), row(1)], /^line 3: expected a time after the line before/],
    [
      'a high that is not',
      [header, row(1, '2,1.5,1,2,0')],
      /^line 2: expected high to be the highest price, received 1.5$/,
    ],
    [
      'a low that is not',
      [header, row(1, '2,3,2.5,2.7,0')],
      /^line 2: expected low to be the lowest price, received 2.5$/,
    ],
    ['a negative volume', [header, row(1, '2,3,1,2,-1')], /^line 2: expected volume to be a number, 0 or more/],
  ])('refuses %s', (_what, lines, failure) => {
    expect(failuresOf(lines)[0]).toMatch(failure);
  });

  it('shows the first failures and counts the others', () => {
    const failures = failuresOf([header, ...new Array<string>(20).fill('x')]);
    expect(failures).toHaveLength(6);
    expect(failures.at(-1)).toBe('and 15 more lines');
  });
});
