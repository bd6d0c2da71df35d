import { describe, expect, test } from 'vitest';
import { digestBytes, digestOf } from '../../posture/digest';
import { findForeignInputs } from '../../posture/match-workload';
import { type Posture, type WorkloadName, workloadNames } from '../../posture/posture';
import { digestSettings, type RealWorkload, readPosture, UnreadablePostureError } from '../../posture/read-posture';
import { splitTransition } from '../../posture/transition';
import { paperPosture } from '../helpers/posture';

const source = digestBytes('code');
const agents = [{ name: 'live_trader', command: ['node', 'a.js'], args: ['--x'] }];
const { risk, model } = paperPosture;

/** What each workload's environment says of the posture. */
const spoken: Record<WorkloadName, Record<string, string>> = {
  'simulated-venue': { MARKET_FEED: JSON.stringify({ feed: 'embedded', seed: 1, speed: 60 }) },
  gateway: { VENUE: 'simulated', VENUE_ACCOUNT: 'simulated-1' },
  'model-service': { MODEL_PATH: '/models/one.onnx', MODEL_VERSION: model.version, MODEL_DIGEST: model.digest },
  backend: {
    TRADING_MODE: 'paper',
    SYMBOLS: 'BTCUSDT,ETHUSDT',
    CONFIDENCE_THRESHOLD: '0.55',
    RISK_LIMITS: JSON.stringify(risk),
  },
  orchestrator: { AGENTS: JSON.stringify(agents) },
  guardian: {},
};

type Real = Record<WorkloadName, RealWorkload>;
const real = Object.fromEntries(
  workloadNames.map((name) => [name, { command: ['node', name], environment: spoken[name], source }]),
) as unknown as Real;

/** The workloads with some variables of one of them set, or taken away where they are undefined. */
function changed(name: WorkloadName, environment: Record<string, string | undefined>): Real {
  const entries = Object.entries({ ...real[name].environment, ...environment }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...real, [name]: { ...real[name], environment: Object.fromEntries(entries) as Record<string, string> } };
}
const digestOfFiles = (words: readonly string[]) => digestOf(words);
const read = (workloads: Real = real) => readPosture('main', workloads, digestOfFiles);

describe('a posture', () => {
  test('is read from what workloads are started with', () => {
    const { settings, ...posture } = read();
    expect(posture).toEqual({
      stack: 'main',
      tradingMode: 'paper',
      account: { venue: 'simulated', id: 'simulated-1' },
      agents: [{ ...agents[0], source: digestOf(['node', 'a.js']) }],
      symbols: ['BTCUSDT', 'ETHUSDT'],
      risk,
      confidenceThreshold: 0.55,
      model,
      market: { feed: 'embedded', seed: 1, speed: 60 },
      workloads: Object.fromEntries(workloadNames.map((name) => [name, source])),
    });
    expect(settings).toEqual(
      Object.fromEntries(workloadNames.map((name) => [name, digestOf({ command: ['node', name], environment: {} })])),
    );
  });

  test('with another model, which has a file of its own, has risen once', () => {
    const another = { MODEL_PATH: '/models/two.onnx', MODEL_VERSION: '2.0.0', MODEL_DIGEST: digestBytes('two') };
    const live = { ...read(), tradingMode: 'live' as const };
    const to = { ...read(changed('model-service', another)), tradingMode: 'live' as const };
    expect(splitTransition(live, to).rises.map(({ what }) => what)).toEqual(['model']);
  });

  test.each(['live', '', 'PAPER', ' paper', 'dry', undefined])(
    'is live for whatever is not plainly paper: %j',
    (mode) => {
      expect(read(changed('backend', { TRADING_MODE: mode })).tradingMode).toBe('live');
    },
  );

  test('has no symbols where none are said, and none that is empty', () => {
    expect(read(changed('backend', { SYMBOLS: undefined })).symbols).toEqual([]);
    expect(read(changed('backend', { SYMBOLS: ',A,,B,' })).symbols).toEqual(['A', 'B']);
  });

  test('pins the files of a recorded market by what they hold', () => {
    const feed = { feed: 'recorded', files: { A: 'a.csv', B: 'b.csv' }, usdPerQuote: 2, speed: 3 };
    expect(read(changed('simulated-venue', { MARKET_FEED: JSON.stringify(feed) })).market).toEqual({
      ...feed,
      files: { A: digestOf(['a.csv']), B: digestOf(['b.csv']) },
    });
  });

  test.each<[WorkloadName, string, (string | undefined)[]]>([
    [
      'orchestrator',
      'AGENTS',
      [undefined, '', '{}', '[{}]', '[{"name":"a","command":[]}]', '[{"name":1,"command":[],"args":[]}]'],
    ],
    ['backend', 'RISK_LIMITS', [undefined, '', '[]', '{}', JSON.stringify({ ...risk, maxOrderUsd: '1' })]],
    ['backend', 'CONFIDENCE_THRESHOLD', [undefined, '', '"0.5"', 'high']],
    [
      'simulated-venue',
      'MARKET_FEED',
      [undefined, '{}', '{"feed":"other"}', '{"feed":"embedded","seed":1}', '{"feed":"recorded","files":{},"speed":1}'],
    ],
  ])('cannot be read where %s has a %s that says something else', (name, variable, values) => {
    for (const value of values) {
      const run = () => read(changed(name, { [variable]: value }));
      expect(run, String(value)).toThrow(UnreadablePostureError);
      expect(run).toThrow(
        expect.objectContaining({
          name: 'UnreadablePostureError',
          message: `${name} has a ${variable} that cannot be read`,
          cause: expect.any(Error),
        }),
      );
    }
  });

  test.each(Object.keys(risk))('has a limit %s, and none of another type', (limit) => {
    const { [limit as keyof typeof risk]: _, ...rest } = risk;
    expect(() => read(changed('backend', { RISK_LIMITS: JSON.stringify(rest) }))).toThrow(UnreadablePostureError);
    expect(read(changed('backend', { RISK_LIMITS: JSON.stringify({ ...rest, [limit]: 7 }) })).risk).toMatchObject({
      [limit]: 7,
    });
  });
});

describe('the settings of a workload', () => {
  const settingsOf = (name: WorkloadName, workloads: Real) => read(workloads).settings[name];

  test.each(workloadNames)('of %s are everything that no field speaks for', (name) => {
    const before = settingsOf(name, real);
    expect(settingsOf(name, changed(name, { OTHER: '1' }))).not.toBe(before);
    expect(settingsOf(name, changed(name, { OTHER: '1' }))).not.toBe(settingsOf(name, changed(name, { OTHER: '2' })));
    for (const command of [['node', name, '--more'], []])
      expect(settingsOf(name, { ...real, [name]: { ...real[name], command } })).not.toBe(before);
    for (const confinement of [{ user: 1 }, {}])
      expect(settingsOf(name, { ...real, [name]: { ...real[name], confinement } })).not.toBe(before);
  });

  test.each(['CUTOVER_SLICE', 'CUTOVER_WORKLOAD_DATA', 'PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'])(
    'are not %s, which the platform gives to every process',
    (variable) => {
      for (const name of workloadNames)
        expect(settingsOf(name, changed(name, { [variable]: 'x' }))).toBe(settingsOf(name, real));
    },
  );

  test('are not what fields speak for, of the workload that they speak for', () => {
    for (const name of workloadNames)
      for (const [variable, value] of Object.entries(spoken[name])) {
        expect(digestSettings(name, real[name], {})).toBe(settingsOf(name, real));
        for (const other of workloadNames.filter((one) => !(variable in spoken[one]))) {
          const implied = variable === 'SYMBOLS' || variable === 'VENUE_ACCOUNT';
          const same = settingsOf(other, changed(other, { [variable]: value })) === settingsOf(other, real);
          expect(same, `${variable} of ${other}`).toBe(implied);
          if (implied) {
            const wrong = settingsOf(other, changed(other, { [variable]: 'another' }));
            expect(wrong).not.toBe(settingsOf(other, real));
          }
        }
      }
  });
});

describe('foreign inputs', () => {
  const posture: Posture = read();
  const foreign = (name: WorkloadName, workloads: Real = real) => findForeignInputs(posture, name, workloads[name]);

  test.each(workloadNames)('has %s none when it carries out its part of the posture', (name) => {
    expect(foreign(name)).toEqual([]);
  });

  test.each(workloadNames)('of %s are its code, its command and its settings', (name) => {
    const other = (change: Partial<RealWorkload>) => foreign(name, { ...real, [name]: { ...real[name], ...change } });
    expect(other({ source: digestBytes('other') })).toEqual(['its code']);
    expect(other({ command: ['other'] })).toEqual(['its command or settings']);
    expect(foreign(name, changed(name, { OTHER: '1' }))).toEqual(['its command or settings']);
  });

  test.each<[WorkloadName, string, string]>([
    ['gateway', 'VENUE', 'sandbox'],
    ['gateway', 'VENUE_ACCOUNT', 'other'],
    ['model-service', 'MODEL_VERSION', '2'],
    ['model-service', 'MODEL_DIGEST', 'sha256:other'],
    ['backend', 'TRADING_MODE', 'live'],
    ['backend', 'SYMBOLS', 'BTCUSDT'],
    ['backend', 'CONFIDENCE_THRESHOLD', '0.5'],
    ['backend', 'CONFIDENCE_THRESHOLD', 'no number'],
    ['backend', 'RISK_LIMITS', JSON.stringify({ ...risk, maxOrderUsd: 9 })],
    ['orchestrator', 'AGENTS', '[]'],
    ['orchestrator', 'AGENTS', JSON.stringify([{ ...agents[0], args: [] }])],
    ['orchestrator', 'AGENTS', JSON.stringify([{ ...agents[0], name: 'other' }])],
    ['orchestrator', 'AGENTS', JSON.stringify([{ ...agents[0], command: [] }])],
  ])('of %s are a %s of %j', (name, variable, value) => {
    expect(foreign(name, changed(name, { [variable]: value }))).toEqual([variable]);
    expect(foreign(name, changed(name, { [variable]: undefined }))).toEqual([variable]);
  });

  test('are not the symbols and the account that others are told of too, but another word on them is', () => {
    const told = { SYMBOLS: 'BTCUSDT,ETHUSDT', VENUE_ACCOUNT: 'simulated-1' };
    for (const name of ['orchestrator', 'simulated-venue'] as const) {
      expect(foreign(name, changed(name, told))).toEqual([]);
      for (const variable of Object.keys(told))
        expect(foreign(name, changed(name, { ...told, [variable]: 'other' }))).toEqual(['its command or settings']);
    }
  });

  test('are compared as JSON, in whatever order it is written', () => {
    const reversed = Object.fromEntries(Object.entries(risk).reverse());
    const changes = { RISK_LIMITS: JSON.stringify(reversed, null, 2), CONFIDENCE_THRESHOLD: '5.5e-1' };
    expect(foreign('backend', changed('backend', changes))).toEqual([]);
  });

  test('of what is no workload is itself', () => {
    for (const name of ['other', '', 'toString'])
      expect(findForeignInputs(posture, name, real.gateway)).toEqual([`${name} is no workload of the posture`]);
  });
});
