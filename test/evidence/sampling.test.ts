import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { canPass } from '../../evidence/measurements';
import { measureSamples, type Sample, type SamplingOptions } from '../../evidence/sampling';

const options: SamplingOptions = {
  intervalSeconds: 1,
  timeScale: 1,
  closesSource: 'trader.db',
  minCloses: 1,
  maxDrawdown: 0.1,
};
const well: Omit<Sample, 'at'> = {
  logLines: 10,
  errorLines: 0,
  faults: [],
  modelHealthy: true,
  drawdown: 0.01,
  orders: ['filled'],
  closes: { source: 'trader.db', count: 1 },
};
const samples = (...changes: Partial<Sample>[]): Sample[] =>
  changes.map((change, index) => ({ at: 1_000 * index, ...well, ...change }));
const breaches = (made: Sample[], changed: Partial<SamplingOptions> = {}) =>
  measureSamples(made, { ...options, ...changed }).breaches;

describe('measureSamples', () => {
  it('passes what is well', () => {
    const measured = measureSamples(samples({}, {}, {}), options);
    expect(measured).toMatchObject({
      sampledSeconds: 2,
      samples: 3,
      breaches: [],
      orders: { attempted: 3, filled: 3 },
    });
    expect(canPass('watch', measured as never)).toBe(true);
  });

  it.each([
    ['a fault', samples({ faults: ['backend was stopped'] }), samples({})],
    ['errors over 5 %', samples({ logLines: 100, errorLines: 6 }), samples({ logLines: 100, errorLines: 5 })],
    ['the drawdown brake', samples({ drawdown: 0.1 }), samples({ drawdown: 0.0999 })],
    [
      'more than 3 rejections in a row',
      samples({ orders: ['rejected', 'rejected'] }, { orders: ['rejected', 'rejected'] }),
      samples({ orders: ['rejected', 'rejected', 'filled'] }, { orders: ['rejected', 'rejected'] }),
    ],
    ['too few closed trades', samples({ closes: { source: 'trader.db', count: 0 } }), samples({})],
    [
      'a look that had to use the record of another',
      samples({}, { closes: { source: 'exit_manager.db', count: 3 } }),
      samples({}, { closes: { source: 'trader.db', count: 3 } }),
    ],
    [
      'a model degraded for more than 5 min',
      samples({}, { at: 301_000, modelHealthy: false }),
      samples({}, { at: 300_000, modelHealthy: false }),
    ],
  ])('finds %s, and nothing just short of it', (_what, bad, good) => {
    expect(breaches(bad)).toHaveLength(1);
    expect(breaches(good)).toEqual([]);
  });

  it('takes the record that was declared, and no other', () => {
    const exits: Partial<Sample> = { closes: { source: 'exit_manager.db', count: 1 } };
    const measured = measureSamples(samples(exits, exits), { ...options, closesSource: 'exit_manager.db' });
    expect(measured.realizedCloses).toEqual({
      source: 'exit_manager.db',
      count: 2,
      expectedSource: 'exit_manager.db',
      minimum: 1,
    });
    expect(canPass('soak', measured as never)).toBe(true);
    const other = { ...measured, realizedCloses: { ...measured.realizedCloses, expectedSource: 'trader.db' } };
    expect(canPass('soak', other as never)).toBe(false);
    expect(measureSamples(samples({ closes: null }), options).realizedCloses.source).toBe('none');
  });

  it('counts a scaled clock as the time that it measured', () => {
    expect(measureSamples(samples({}, {}), { ...options, timeScale: 60 }).sampledSeconds).toBe(60);
    expect(breaches(samples({}, { at: 6_000, modelHealthy: false }), { timeScale: 60 })).toHaveLength(1);
  });

  it('says each breach with what was found and what was allowed', () => {
    const made = samples(
      {
        logLines: 100,
        errorLines: 6,
        drawdown: 0.12,
        orders: ['rejected', 'rejected', 'rejected', 'rejected'],
        closes: { source: 'exit_manager.db', count: 2 },
      },
      { at: 301_000, logLines: 0, modelHealthy: false, closes: null },
    );
    expect(breaches(made, { minCloses: 3 })).toEqual([
      'error rate 6.00 %, at most 5.00 %',
      'drawdown 12.00 % reached the brake at 10.00 %',
      'the model was degraded for 301 s, at most 300 s',
      '4 rejections in a row, at most 3',
      'closed trades were found in exit_manager.db, expected in trader.db',
      '2 closed trades in exit_manager.db, at least 3 wanted',
    ]);
  });

  it('measures nothing where there is nothing', () => {
    const nothing = measureSamples([], { ...options, timeScale: 60, intervalSeconds: 7, minCloses: 0 });
    expect(nothing).toEqual({
      sampledSeconds: 0,
      intervalSeconds: 7,
      samples: 0,
      orders: { attempted: 0, filled: 0, rejected: 0 },
      errorRate: 0,
      maxDrawdown: 0,
      degradedSeconds: 0,
      consecutiveRejections: 0,
      realizedCloses: { source: 'none', count: 0, expectedSource: 'trader.db', minimum: 0 },
      breaches: ['closed trades were found in none, expected in trader.db'],
    });
    expect(measureSamples(samples({}), options).sampledSeconds).toBe(0);
  });

  it('adds up what the looks saw', () => {
    const measured = measureSamples(
      samples(
        { logLines: 30, errorLines: 1, drawdown: null, orders: ['filled', 'rejected'] },
        { logLines: 10, errorLines: 0, drawdown: 0.03, orders: ['filled'], closes: null },
        { logLines: 0, errorLines: 0, drawdown: 0.02, orders: [], closes: { source: 'trader.db', count: 4 } },
      ),
      options,
    );
    expect(measured).toMatchObject({
      sampledSeconds: 2,
      samples: 3,
      orders: { attempted: 3, filled: 2, rejected: 1 },
      errorRate: 1 / 40,
      maxDrawdown: 0.03,
      consecutiveRejections: 1,
      realizedCloses: { source: 'trader.db', count: 5 },
    });
  });

  it('took as long as from its first look to its last, whenever that was', () => {
    const looks = [10_000, 12_000, 15_000].map((at) => ({ ...well, at }));
    expect(measureSamples(looks, options).sampledSeconds).toBe(5);
  });

  it('lets three rejections in a row pass', () => {
    expect(breaches(samples({ orders: ['rejected', 'rejected'] }, { orders: ['rejected', 'filled'] }))).toEqual([]);
  });

  it('judges a rate of errors only of lines enough', () => {
    const rate = (logLines: number, errorLines: number) => breaches(samples({ logLines, errorLines }));
    expect(rate(19, 19)).toEqual([]);
    expect(rate(20, 1)).toEqual([]);
    expect(rate(20, 2)).toHaveLength(1);
  });

  it('counts a degraded model from the last look that found it well', () => {
    const at = (...healthy: boolean[]) =>
      measureSamples(
        healthy.map((modelHealthy, index) => ({ ...well, at: 10_000 + 10_000 * index, modelHealthy })),
        options,
      ).degradedSeconds;
    expect(at(true, true, true)).toBe(0);
    expect(at(false, false, false)).toBe(20);
    expect(at(true, false, true, false, false, true)).toBe(20);
    expect(at(true, false, false, true, false)).toBe(20);
  });

  it('names each fault once, and no more of it than can be signed', () => {
    expect(breaches(samples({ faults: ['a', 'b'] }, { faults: ['b', 'a', 'c'] }))).toEqual(['a', 'b', 'c']);
    const many = breaches(samples({ faults: Array.from({ length: 201 }, (_, at) => `${at} ${'a'.repeat(2000)}`) }));
    expect(many).toHaveLength(200);
    expect(many[0]).toHaveLength(2000);
    expect(canPass('watch', measureSamples(samples({}), options) as never)).toBe(true);
  });

  test.prop([
    fc.array(fc.constantFrom('filled' as const, 'rejected' as const), { maxLength: 30 }),
    fc.integer({ min: 1, max: 5 }),
  ])('sees the same run of rejections however the orders fall on the looks', (orders, size) => {
    const parts: Sample['orders'][] = [];
    for (let start = 0; start < orders.length; start += size) parts.push(orders.slice(start, start + size));
    const whole = measureSamples(samples({ orders }), options);
    const split = measureSamples(samples({ orders: [] }, ...parts.map((part) => ({ orders: part }))), options);
    expect(split.consecutiveRejections).toBe(whole.consecutiveRejections);
    expect(split.orders).toEqual(whole.orders);
  });
});
