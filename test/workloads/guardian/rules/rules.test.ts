import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { allRules, trippedRules } from '../../../../workloads/guardian/rules/all-rules';
import { deadReplica } from '../../../../workloads/guardian/rules/dead-replica';
import { drawdownBrake } from '../../../../workloads/guardian/rules/drawdown-brake';
import { duplicateReplica } from '../../../../workloads/guardian/rules/duplicate-replica';
import { errorRate } from '../../../../workloads/guardian/rules/error-rate';
import { modelHealth } from '../../../../workloads/guardian/rules/model-health';
import { routeRejections } from '../../../../workloads/guardian/rules/route-rejections';
import type { OrderSeen, Rule, Sample } from '../../../../workloads/guardian/rules/rule';
import { contextOf, everySecond, repeat, well } from './samples';

const judge = (rule: Rule, samples: readonly Partial<Sample>[]) => rule.trips(contextOf(everySecond(samples)));

describe('every rule', () => {
  it('is clear without samples, and while all is well', () => {
    expect(trippedRules(contextOf([]))).toEqual([]);
    expect(trippedRules(contextOf(everySecond(repeat(400, {}))))).toEqual([]);
  });

  it('trips when it cannot be judged', () => {
    const broken: Rule = {
      name: 'broken',
      trips: () => {
        throw new Error('no');
      },
    };
    expect(trippedRules(contextOf([]), [broken])).toEqual(['broken: cannot be judged: Error: no']);
  });

  test.prop([fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 20 }), fc.constantFrom(...allRules)])(
    'is not tripped by single bad looks',
    (bad, rule) => {
      // Two bad looks are never next to each other.
      const spread = new Set(bad.map((index) => index - (index % 2)));
      const all: Partial<Sample> = {
        dead: ['backend'],
        strays: ['PID 1 (live_trader)'],
        backend: { drawdown: 1, locked: true, modelOk: false },
        gateway: { drawdown: 1 },
        modelService: null,
      };
      const samples = repeat(402, {}).map((sample, index) => (spread.has(index) ? all : sample));
      expect(judge(rule, samples)).toBeNull();
    },
  );
});

describe('drawdown-brake', () => {
  it.each<[string, Partial<Sample>, boolean]>([
    ['the gateway says so', { gateway: { drawdown: 0.11 } }, true],
    ['the backend says so', { backend: { ...well.backend!, drawdown: 0.11 } }, true],
    ['the gateway says so and the backend denies it', { gateway: { drawdown: 0.5 }, backend: well.backend }, true],
    ["the backend's brake is on", { backend: { ...well.backend!, locked: true } }, true],
    ['neither can say', { backend: null, gateway: null }, false],
    ['it is exactly at the limit', { gateway: { drawdown: 0.1 } }, false],
    ['a drawdown is no number', { gateway: { drawdown: Number.NaN } }, true],
  ])('%s', (_, sample, trips) => {
    expect(judge(drawdownBrake, [{}, sample, sample]) !== null).toBe(trips);
    expect(judge(drawdownBrake, [{}, sample])).toBeNull();
    expect(judge(drawdownBrake, [sample, sample, {}])).toBeNull();
  });

  it('names the worse of the two', () => {
    const samples = repeat(2, { gateway: { drawdown: 0.12 }, backend: { ...well.backend!, drawdown: 0.3 } });
    expect(judge(drawdownBrake, samples)).toBe('the drawdown is 30.00 %, at most 10.00 %');
  });
});

describe('error-rate', () => {
  const errors = (count: number, lines: number) => [{ logLines: lines, logErrors: count }];

  it('trips above 5 % in three looks, of logs or of orders', () => {
    expect(judge(errorRate, [...errors(6, 100), {}, {}])).not.toBeNull();
    expect(judge(errorRate, [{ ordersAttempted: 100, ordersFailed: 6 }, {}, {}])).not.toBeNull();
    expect(judge(errorRate, [{}, {}, ...errors(6, 100)])).toBeNull();
  });

  it('is clear at 5 %, with too few errors for a rate, and when a minute is over', () => {
    expect(judge(errorRate, [...errors(5, 100), {}, {}])).toBeNull();
    expect(judge(errorRate, [...errors(4, 4), {}, {}])).toBeNull();
    expect(judge(errorRate, [...errors(6, 100), ...repeat(60, {})])).toBeNull();
    expect(judge(errorRate, [...errors(6, 100), ...repeat(60, { logLines: 0 })])).toBeNull();
    expect(judge(errorRate, [...errors(6, 100), ...repeat(50, { logLines: 0 })])).not.toBeNull();
  });

  it('counts errors although nothing else is logged', () => {
    expect(judge(errorRate, repeat(8, { logLines: 1, logErrors: 1 }))).toMatch(/^100\.0 % errors/);
  });
});

describe('model-health', () => {
  const degraded: Partial<Sample>[] = [
    { modelService: null },
    { modelService: { ok: false } },
    { backend: { ...well.backend!, modelOk: false } },
  ];

  it.each(degraded)('trips when it has lasted more than five minutes: %j', (sample) => {
    expect(judge(modelHealth, [{}, ...repeat(302, sample)])).toMatch(/301 s/);
    expect(judge(modelHealth, [{}, ...repeat(301, sample)])).toBeNull();
    expect(judge(modelHealth, [...repeat(200, sample), {}, ...repeat(200, sample)])).toBeNull();
  });

  it('takes a backend that says nothing for no word about the model', () => {
    expect(judge(modelHealth, repeat(400, { backend: null }))).toBeNull();
  });
});

describe('dead-replica', () => {
  it('trips when one has been away for more than half a minute, not two in turn', () => {
    expect(judge(deadReplica, [{}, ...repeat(32, { dead: ['backend', 'gateway'] })])).toBe(
      'backend, gateway has not run for more than 30 s',
    );
    expect(judge(deadReplica, [{}, ...repeat(31, { dead: ['backend'] })])).toBeNull();
    expect(judge(deadReplica, [...repeat(20, { dead: ['backend'] }), ...repeat(20, { dead: ['gateway'] })])).toBeNull();
  });
});

describe('duplicate-replica', () => {
  it('trips at the third look in a row, and names it', () => {
    const second = { strays: ['PID 7 (live_trader)'] };
    expect(judge(duplicateReplica, [{}, second, second])).toBeNull();
    expect(judge(duplicateReplica, repeat(3, second))).toContain('PID 7 (live_trader)');
  });
});

describe('route-rejections', () => {
  const now = 10_000_000;
  const order = (outcome: OrderSeen['outcome'], at = now, agent = 'live_trader'): OrderSeen => ({ at, agent, outcome });
  const rejected = (count: number, at = now) => Array.from({ length: count }, () => order('rejected', at));
  const ask = (gateway: readonly OrderSeen[], backend: readonly OrderSeen[] = []) =>
    routeRejections.trips(contextOf([{ ...well, orders: { gateway, backend } }], now));

  it('trips at the fourth in a row, by either record', () => {
    expect(ask(rejected(3))).toBeNull();
    expect(ask(rejected(4))).toBe('4 orders were rejected in a row within 5 min');
    expect(ask([], rejected(4))).not.toBeNull();
    expect(ask([...rejected(3), order('filled')], rejected(4))).not.toBeNull();
  });

  it('counts from the last fill, by agent, within five minutes and since the grant', () => {
    expect(ask([...rejected(3), order('filled'), ...rejected(3)])).toBeNull();
    expect(
      ask([...rejected(2), order('rejected', now, 'other'), order('filled', now, 'other'), ...rejected(2)]),
    ).not.toBeNull();
    expect(ask([...rejected(2), ...[1, 2].map(() => order('rejected', now, 'other'))])).toBeNull();
    expect(ask(rejected(4, now - 300_001))).toBeNull();
    const context = contextOf([{ ...well, orders: { gateway: rejected(4, now - 2), backend: [] } }], now);
    expect(routeRejections.trips({ ...context, since: now - 1 })).toBeNull();
  });
});
