import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../canary/settings';
import { Judge, judge } from '../../canary/verdict';

const settings = { ...defaultSettings, minTrades: 20, maxTrades: 60 };
const good = Array.from({ length: 40 }, (_, index) => (index % 3 === 0 ? 0.001 : 0.008));
const bad = good.map((value) => -value - 0.004);
const inRange = fc.double({ min: -0.02, max: 0.03, noNaN: true });

describe('a verdict', () => {
  it('promotes what gains, and rejects what loses', () => {
    expect(judge(good, settings)).toMatchObject({ verdict: 'promote', code: 'non_inferior', final: true });
    expect(judge(bad, settings)).toMatchObject({ verdict: 'reject', code: 'inferior', final: true });
  });

  it('is not yet for nothing at all', () => {
    expect(judge([], settings)).toMatchObject({
      verdict: 'not_yet',
      code: 'too_few',
      final: false,
      mean: null,
      trades: 0,
    });
  });

  test.prop([fc.array(inRange, { maxLength: 19 })])('never promotes fewer trades than asked for', (returns) => {
    expect(judge(returns, settings).verdict).not.toBe('promote');
    expect(judge(new Array(19).fill(0.02), settings)).toMatchObject({ verdict: 'not_yet', code: 'too_few' });
  });

  test.prop([fc.array(inRange, { maxLength: 80 }), fc.array(inRange, { maxLength: 80 })])(
    'stands once it is final, whatever comes later',
    (past, later) => {
      const made = new Judge(settings);
      for (const value of past) made.add(value);
      const before = made.verdict();
      for (const value of later) made.add(value);
      if (before.final) expect(made.verdict()).toEqual(before);
    },
  );

  it('cannot be turned by gains after a reject', () => {
    expect(judge([...bad, ...good, ...good, ...good], { ...settings, maxTrades: 1_000 }).verdict).toBe('reject');
  });

  it('ends inconclusive at the most trades, and stays so', () => {
    const even = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? 0.004 : -0.006));
    const ended = judge(even, settings);
    expect(ended).toMatchObject({ verdict: 'not_yet', code: 'inconclusive', final: true, trades: 60 });
    expect(judge([...even, ...good, ...good], settings)).toEqual(ended);
  });

  it('rejects a loss beyond the range at once, also of a position that is still open', () => {
    expect(judge([...good.slice(0, 5), -0.021], settings)).toMatchObject({
      verdict: 'reject',
      code: 'loss_beyond_range',
    });
    const made = new Judge(settings);
    made.add(0.01, [-0.05]);
    expect(made.verdict()).toMatchObject({ verdict: 'reject', code: 'loss_beyond_range' });
  });

  it('does not promote while the open positions, closed now, would undo it', () => {
    const closing = new Judge({ ...settings, maxTrades: 1_000 });
    for (const value of good.slice(0, 30)) closing.add(value, new Array(12).fill(-0.019));
    expect(closing.verdict()).toMatchObject({ verdict: 'not_yet', code: 'open_positions' });
    closing.add(0.005);
    expect(closing.verdict().verdict).toBe('promote');
  });

  it('cuts gains beyond the range, and says how many', () => {
    const lucky = judge([5, ...new Array(30).fill(-0.004)], settings);
    expect(lucky.clipped).toBe(1);
    expect(lucky.mean).toBeGreaterThan(0.1);
    expect(lucky.verdict).not.toBe('promote');
  });

  test.prop([fc.array(inRange, { minLength: 1, maxLength: 60 })])('agrees with its own bounds', (returns) => {
    const { verdict, code, lower, upper } = judge(returns, settings);
    if (verdict === 'promote') expect(lower).toBeGreaterThanOrEqual(-settings.margin - 1e-9);
    if (code === 'inferior') expect(upper).toBeLessThanOrEqual(-settings.margin + 1e-9);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses a return of %s', (value) => {
    expect(() => judge([value], settings)).toThrow(RangeError);
    expect(() => new Judge(settings).add(0, [value])).toThrow(RangeError);
  });

  it('names every setting that is out of place', () => {
    const make = () => new Judge({ minTrades: 0, maxTrades: -1, alpha: 1, margin: -1, range: Number.NaN });
    expect(make).toThrow(/minTrades: .*maxTrades: .*alpha: .*margin: .*range: /);
  });
});
