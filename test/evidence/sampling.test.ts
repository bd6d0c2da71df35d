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
