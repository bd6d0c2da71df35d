import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { count, noAttempts, type Outcome } from '../../../workloads/orchestrator/agents/execution-metrics';
import { afterEnd, isCrashLooping } from '../../../workloads/orchestrator/backoff';
import { runsScript, scriptOf } from '../../../workloads/orchestrator/duplicates';
import { readLocation, readSettings, SettingsError } from '../../../workloads/orchestrator/settings';

describe('back-off', () => {
  test('doubles from one second to a minute', () => {
    let failures = 0;
    const delays = Array.from({ length: 9 }, () => {
      const next = afterEnd(failures, 0.1);
      failures = next.failures;
      return next.delaySeconds;
    });
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  property.prop([fc.nat(2_000), fc.double({ min: 60, max: 1e9, noNaN: true })])(
    'starts anew after a minute of health',
    (failures, ranSeconds) => {
      expect(afterEnd(failures, ranSeconds)).toEqual({ failures: 1, delaySeconds: 1 });
      expect(isCrashLooping(failures, ranSeconds)).toBe(false);
    },
  );

  test('three ends in a row are a crash loop, also while it runs for a moment', () => {
    expect(isCrashLooping(2, undefined)).toBe(false);
    expect(isCrashLooping(3, undefined)).toBe(true);
    expect(isCrashLooping(3, 59)).toBe(true);
  });
});

describe('the script of a command', () => {
  test.each([
    [['node', '--enable-source-maps', 'dist/live_trader.js'], 'dist/live_trader.js'],
    [['python3', '-m', 'traders.live'], 'traders.live'],
    [['./trader'], './trader'],
    [['./trader', '--fast'], './trader'],
  ])('%j', (command, script) => {
    expect(scriptOf(command)).toBe(script);
    expect(runsScript(['nice', ...command, '--more'], script)).toBe(true);
    expect(runsScript(['/elsewhere/node', `/copy/of/${script.split('/').at(-1)}`], script)).toBe(true);
    expect(runsScript(['tail', '-f', `${script}.log`], script)).toBe(false);
  });
});

describe('settings', () => {
  const good = {
    CUTOVER_STACK: 'main',
    CUTOVER_SLICE: 'sha256:0',
    DATA_DIR: '/data',
    LOG_DIR: '/logs/',
    HOST: '127.0.0.1',
    PORT: '8030',
    SYMBOLS: 'BTCUSDT,ETHUSDT',
    GATEWAY_URL: 'http://127.0.0.1:8010',
    BACKEND_URL: 'http://127.0.0.1:8000',
    AGENTS: '[{"name":"live_trader","command":["node","x.js"]}]',
  };

  test('are read', () => {
    expect(readSettings(good)).toEqual({
      stack: 'main',
      slice: 'sha256:0',
      dataDir: '/data',
      logDir: '/logs',
      agents: [{ name: 'live_trader', command: ['node', 'x.js'], args: [] }],
    });
  });

  property.prop([fc.subarray(Object.keys(good) as (keyof typeof good)[], { minLength: 1 })])(
    'name every variable that is missing, at once',
    (missing) => {
      const left = Object.fromEntries(Object.entries(good).filter(([name]) => !missing.includes(name as never)));
      expect(() => readSettings(left)).toThrow(SettingsError);
      try {
        readSettings(left);
      } catch (error) {
        const named = (error as SettingsError).failures.map((failure) => failure.split(':')[0]);
        expect(named.sort()).toEqual([...missing].sort());
      }
    },
  );

  test.each([
    'not json',
    '{}',
    '[{"name":"a"}]',
    '[{"name":"../a","command":["a"]}]',
    '[{"name":"backend","command":["a"]}]',
    '[{"name":"a","command":[]}]',
    '[{"name":"a","command":["a"],"more":1}]',
    '[{"name":"a","command":["a"]},{"name":"a","command":["b"]}]',
  ])('refuse the agents %s', (AGENTS) => {
    expect(() => readSettings({ ...good, AGENTS })).toThrow(/AGENTS/);
  });

  test('of status and stop need only stack and data folder', () => {
    expect(readLocation({ CUTOVER_STACK: 'main', DATA_DIR: '/data', AGENTS: 'garbage' })).toEqual({
      stack: 'main',
      dataDir: '/data',
    });
    expect(() => readLocation({})).toThrow(/CUTOVER_STACK.*DATA_DIR/);
  });
});

const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ kind: fc.constant('filled' as const), queueSeconds: fc.double({ min: 0, max: 10, noNaN: true }) }),
  fc.record({ kind: fc.constant('held-back' as const) }),
  fc.record({
    kind: fc.constant('rejected' as const),
    code: fc.constantFrom('risk_locked', 'permit_required', '__proto__x'),
  }),
);

property.prop([fc.array(outcomes)])('execution metrics add up', (all) => {
  const metrics = all.reduce(count, noAttempts);
  const of = (kind: string) => all.filter((outcome) => outcome.kind === kind).length;
  expect(metrics).toMatchObject({ attempts: all.length, fills: of('filled') });
  expect(metrics.filledToAttempt).toBe(all.length === 0 ? 1 : of('filled') / all.length);
  expect(Object.values(metrics.rejections).reduce((sum, n) => sum + n, 0)).toBe(of('rejected'));
  const sinceFill = all.slice(all.findLastIndex((outcome) => outcome.kind === 'filled') + 1);
  expect(metrics.consecutiveRouteRejections).toBe(sinceFill.filter((outcome) => outcome.kind === 'rejected').length);
});
