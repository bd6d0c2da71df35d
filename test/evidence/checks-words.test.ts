import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { preflightChecks } from '../../evidence/checks';
import { type Check, runChecks, type Subject } from '../../evidence/checks/check';
import { confidenceSane, describeDistribution } from '../../evidence/checks/confidence-sane';
import { type Posture, workloadNames } from '../../posture/posture';
import { countLeftOpen } from '../helpers/left-open';
import { paperPosture } from '../helpers/posture';
import { type Bodies, subject } from '../helpers/preflight-subject';

// Each check says what it expected and what it found: it is what an operator has to act on.

const { model, risk, confidenceThreshold } = paperPosture;
const checkOf = (name: string): Check => preflightChecks.find((check) => check.name === name)!;
const detail = async (name: string, changed: Bodies = {}, over: Partial<Subject> = {}) => {
  const [result] = await runChecks([checkOf(name)], subject(changed, over));
  expect(result!.passed).toBe(result!.detail === undefined);
  return result!.detail;
};

test('the checks of a preflight, in their order', () => {
  expect(preflightChecks.map(({ name }) => name)).toEqual([
    'observed posture',
    'services healthy',
    'trading mode',
    'threshold and risk parameters',
    'model version and digest',
    'confidence over 60 predictions',
    'consensus smoke test',
    'dry-run execute',
    'orchestrator status',
    'trading lock',
    'no trader outside the orchestrator',
    'databases',
  ]);
});

test.each<[string, Bodies, string]>([
  ['trading mode', { 'backend /health': { tradingMode: 'live' } }, 'expected paper, received live'],
  [
    'threshold and risk parameters',
    { 'backend /health': { config: { ...risk, maxOrderUsd: 9, confidenceThreshold: 0.1 } } },
    'confidenceThreshold: expected 0.55, received 0.1; maxOrderUsd: expected 1, received 9',
  ],
  ['model version and digest', { 'model-service /health': { model_loaded: false } }, 'no model is loaded'],
  ['model version and digest', { 'model-service /health': { model_loaded: 'yes' } }, 'no model is loaded'],
  ['model version and digest', { 'model-service /health': { model_version: '2' } }, 'expected version 1, received 2'],
  [
    'model version and digest',
    { 'model-service /health': { model_digest: 'sha256:other' } },
    `expected ${model.digest}, received sha256:other`,
  ],
  [
    'confidence over 60 predictions',
    { 'model-service /predict': { status: 500, message: 'no model' } },
    'prediction 0: expected 200, received 500: no model',
  ],
  ...[-0.001, 1.001, '0.5', Number.NaN].map((confidence): [string, Bodies, string] => [
    'confidence over 60 predictions',
    { 'model-service /predict': { confidence } },
    `prediction 0: expected a confidence from 0 to 1, received ${confidence}`,
  ]),
  [
    'consensus smoke test',
    { 'backend /api/ai/consensus': { status: 503, message: 'away' } },
    'expected 200, received 503: away',
  ],
  ...[-0.001, 1.001, '0.5'].map((confidence): [string, Bodies, string] => [
    'consensus smoke test',
    { 'backend /api/ai/consensus': { confidence } },
    `expected a confidence from 0 to 1, received ${confidence}`,
  ]),
  ['consensus smoke test', { 'backend /api/ai/consensus': { confidence: 0.54 } }, 'allow is true at 0.54'],
  ['consensus smoke test', { 'backend /api/ai/consensus': { allow: false } }, 'allow is false at 0.6'],
  ['consensus smoke test', { 'backend /api/ai/consensus': { model_version: '2' } }, 'expected model 1, received 2'],
  [
    'dry-run execute',
    { 'backend /api/trade/execute': { status: 423, code: 'locked', message: 'the brake' } },
    'buy: expected 200, received 423: locked the brake',
  ],
  ['dry-run execute', { 'backend /api/trade/execute': { dryRun: false } }, 'buy: expected dryRun true, received false'],
  [
    'dry-run execute',
    { 'backend /api/trade/execute': { executed: false, reason: 'low' } },
    'buy: expected an execution, received low',
  ],
  ['trading lock', { 'orchestrator /health': { lock: { pid: 8 } } }, 'expected PID 7 to hold it, found 8'],
  ['trading lock', { 'orchestrator /health': { lock: null } }, 'expected PID 7 to hold it, found nobody'],
  ['trading lock', { 'orchestrator /health': { lock: {} } }, 'expected PID 7 to hold it, found nobody'],
  [
    'no trader outside the orchestrator',
    {
      'orchestrator /health': {
        duplicates: [
          { pid: 9, agent: 'x' },
          { pid: 10, agent: 'y' },
        ],
      },
    },
    'PID 9 runs x; PID 10 runs y',
  ],
  ['services healthy', { 'gateway /health': { ok: false, reason: 'sick' } }, 'gateway answers 200: sick'],
  ['services healthy', { 'gateway /health': { status: 503, reason: 'sick' } }, 'gateway answers 503: sick'],
  ['databases', {}, 'there is no database'],
])('%s: %j', async (name, changed, expected) => {
  expect(await detail(name, changed)).toBe(expected);
});

const replicas = (changes: object) =>
  workloadNames.map((workload) => ({ workload, state: 'running', pid: 7, ...(workload === 'gateway' ? changes : {}) }));
const observe = (seen: Awaited<ReturnType<Subject['observe']>>): Partial<Subject> => ({ observe: async () => seen });

describe('what the platform says', () => {
  test('of a workload that does not run', async () => {
    const stopped = replicas({ state: 'stopped', reason: 'killed' });
    const expected = 'gateway is stopped: killed';
    expect(await detail('services healthy', {}, observe({ replicas: stopped, strays: [] }))).toBe(expected);
    const mute = replicas({ state: 'lost' });
    expect(await detail('services healthy', {}, observe({ replicas: mute, strays: [] }))).toBe('gateway is lost');
  });

  test('of a workload that answers nobody, beside all that is wrong', async () => {
    const { get } = subject();
    const silent: Partial<Subject> = {
      get: async (workload, route) => (workload === 'backend' ? Promise.reject(new Error()) : get(workload, route)),
      ...observe({ replicas: replicas({ state: 'lost' }), strays: [] }),
    };
    expect(await detail('services healthy', {}, silent)).toBe('gateway is lost; backend does not answer');
  });

  test('of strays, beside those of the orchestrator, which need not name any', async () => {
    const strays = observe({ replicas: replicas({}), strays: ['PID 3'] });
    expect(await detail('no trader outside the orchestrator', {}, strays)).toBe('PID 3');
    const none: Bodies = { 'orchestrator /health': { duplicates: undefined } };
    expect(await detail('no trader outside the orchestrator', none)).toBeUndefined();
  });

  test('of the orchestrator, whose own process within a container counts, and which has to be there', async () => {
    const inner = workloadNames.map((workload) => ({ workload, state: 'running', pid: 1, innerPid: 7 }));
    expect(await detail('trading lock', {}, observe({ replicas: inner, strays: [] }))).toBeUndefined();
    const gone = observe({ replicas: [], strays: [] });
    expect(await detail('trading lock', {}, gone)).toBe('expected PID of a running orchestrator to hold it, found 7');
    const unlocked: Bodies = { 'orchestrator /health': { lock: null } };
    expect(await detail('trading lock', unlocked, gone)).toMatch(/found nobody$/);
  });

  test('of every workload, of which the orchestrator alone holds the lock', async () => {
    const own = workloadNames.map((workload, pid) => ({ workload, state: 'running', pid }));
    const { pid } = own.find(({ workload }) => workload === 'orchestrator')!;
    const seen = observe({ replicas: own, strays: [] });
    expect(await detail('trading lock', { 'orchestrator /health': { lock: { pid } } }, seen)).toBeUndefined();
    expect(await detail('trading lock', { 'orchestrator /health': { lock: { pid: 0 } } }, seen)).toBe(
      `expected PID ${pid} to hold it, found 0`,
    );
  });

  test('of another posture, by the fields that are different', async () => {
    const seen = (posture: Posture): Partial<Subject> => ({ readObservedPosture: async () => posture });
    const other = { ...paperPosture, symbols: [], confidenceThreshold: 0.1 };
    expect(await detail('observed posture', {}, seen(other))).toBe(
      'what runs is another posture; it differs in symbols, confidenceThreshold',
    );
    const more = { ...paperPosture, more: 1 } as Posture;
    expect(await detail('observed posture', {}, seen(more))).toMatch(/it differs in its form$/);
  });
});

describe('the status of the orchestrator', () => {
  const printed = (stdout: unknown, exitCode = 0): Partial<Subject> => ({
    runOrchestratorStatus: async () => ({
      exitCode,
      stdout: typeof stdout === 'string' ? stdout : JSON.stringify(stdout),
    }),
  });
  const status = (stdout: unknown, exitCode?: number) => detail('orchestrator status', {}, printed(stdout, exitCode));
  const agent = { name: 'live_trader', state: 'running' };

  test('is JSON, of which no more is shown than is needed', async () => {
    expect(await status('ready')).toBe('expected JSON, received "ready"');
    expect(await status('x'.repeat(500))).toBe(`expected JSON, received "${'x'.repeat(100)}"`);
  });

  test('says that it is well, and ends well', async () => {
    expect(await status({ ok: true, agents: [agent], reason: 'r' }, 1)).toBe('exit code 1: r');
    expect(await status({ ok: false, agents: [agent], reason: 'r' })).toBe('exit code 0: r');
    expect(await status({ ok: true, agents: [agent] })).toBeUndefined();
  });

  test('has exactly the agents that were declared, running, in whatever order', async () => {
    expect(await status({ ok: true })).toBe('expected live_trader running, received no agent');
    expect(await status({ ok: true, agents: [{ ...agent, state: 'stopped' }] })).toMatch(
      /received live_trader stopped$/,
    );
    expect(await status({ ok: true, agents: [agent, { ...agent, name: 'x' }] })).toMatch(
      /live_trader running, x running/,
    );
    const running = { ...paperPosture, agents: ['b', 'a'].map((name) => ({ ...paperPosture.agents[0]!, name })) };
    const two = { ok: true, agents: ['a', 'b'].map((name) => ({ ...agent, name })) };
    expect(await detail('orchestrator status', {}, { running, ...printed(two) })).toBeUndefined();
    const reversed = { ok: true, agents: [...two.agents].reverse() };
    expect(await detail('orchestrator status', {}, { running, ...printed(reversed) })).toBeUndefined();
    expect(await detail('orchestrator status', {}, { running, ...printed({ ok: true }) })).toBe(
      'expected a running, b running, received no agent',
    );
    const none = { running: { ...paperPosture, agents: [] } };
    expect(await detail('orchestrator status', {}, { ...none, ...printed(two) })).toMatch(
      /^expected no agent, received a/,
    );
  });
});

describe('what is asked', () => {
  const asked: { workload: string; route: string; body: object }[] = [];
  const { post } = subject();
  const record: Partial<Subject> = {
    post: async (workload, route, body) => {
      asked.push({ workload, route, body });
      return post(workload, route, body);
    },
  };

  test('of the model are 60 markets that rise, fall and stand still', async () => {
    asked.length = 0;
    expect(await detail(confidenceSane.name, {}, record)).toBeUndefined();
    expect(asked).toHaveLength(60);
    const features = asked.map(({ body }) => (body as { features: Record<string, number> }).features);
    const of = (name: string) => features.map((one) => one[name]!);
    expect(Math.max(...of('mom_20'))).toBeCloseTo(0.01, 6);
    expect(Math.min(...of('mom_20'))).toBeCloseTo(-0.01, 6);
    expect(Math.max(...of('rsi_14'))).toBeCloseTo(80, 6);
    expect(Math.min(...of('rsi_14'))).toBeCloseTo(20, 6);
    expect(of('rsi_14')[5]).toBeCloseTo(80, 6);
    expect(of('rv_5')[0]).toBeCloseTo(0.05, 6);
    expect(of('rv_5')[59]).toBeCloseTo(0.168, 6);
    // A market of 20 looks, over and over.
    expect(of('mom_20')[5]).toBeCloseTo(0.01, 6);
    expect(of('mom_20')[25]).toBeCloseTo(0.01, 6);
    expect(new Set(asked.map(({ workload, route }) => `${workload} ${route}`))).toEqual(
      new Set(['model-service /predict']),
    );
  });

  test('of the model may be answered with anything from 0 to 1', async () => {
    let at = 0;
    const ends: Partial<Subject> = { post: async () => ({ status: 200, body: { confidence: at++ % 2 } }) };
    expect(await detail(confidenceSane.name, {}, ends)).toBeUndefined();
  });

  test('of the backend is a consensus on the first symbol, and the same small order both ways', async () => {
    asked.length = 0;
    expect(await detail('consensus smoke test', {}, record)).toBeUndefined();
    expect(await detail('dry-run execute', {}, record)).toBeUndefined();
    const order = { symbol: 'BTCUSDT', qtyUsd: 1, confidence: 1, agent: 'preflight' };
    expect(asked).toEqual([
      {
        workload: 'backend',
        route: '/api/ai/consensus',
        body: { symbol: 'BTCUSDT', features: { mom_20: 0.001 } },
      },
      { workload: 'backend', route: '/api/trade/execute', body: { ...order, side: 'buy' } },
      { workload: 'backend', route: '/api/trade/execute', body: { ...order, side: 'sell' } },
    ]);
  });

  test('at a confidence of exactly the threshold is allowed', async () => {
    const at: Bodies = { 'backend /api/ai/consensus': { confidence: confidenceThreshold } };
    expect(await detail('consensus smoke test', at)).toBeUndefined();
    for (const confidence of [0, 1]) {
      const end: Bodies = { 'backend /api/ai/consensus': { confidence, allow: confidence === 1 } };
      expect(await detail('consensus smoke test', end)).toBeUndefined();
    }
  });
});

test('a distribution of confidences is neither flat nor at an end', () => {
  expect(describeDistribution([0.5, 0.5])).toBe('all predictions are 0.500: the model does not look at its features');
  expect(describeDistribution([0.5, 0.5019])).toMatch(/^all predictions/);
  expect(describeDistribution([0.5, 0.5021])).toBeUndefined();
  expect(describeDistribution([0.05, 0.14])).toBe('the mean prediction is 0.095, expected 0.1 to 0.9');
  expect(describeDistribution([0.06, 0.15])).toBeUndefined();
  expect(describeDistribution([0.86, 0.95])).toMatch(/0\.905, expected 0\.1 to 0\.9$/);
  expect(describeDistribution([0.85, 0.94])).toBeUndefined();
  for (const ends of [
    [0.05, 0.15],
    [0.8, 1],
    [0.25, 0.75, 0.125, 0.5],
  ])
    expect(describeDistribution(ends)).toBeUndefined();
});

describe('databases', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cutover-check-words-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const good = path.join(folder, 'good.db');
  const made = new DatabaseSync(good);
  made.exec('CREATE TABLE a (id INTEGER PRIMARY KEY, text TEXT); CREATE INDEX b ON a (text)');
  made.close();
  const garbage = path.join(folder, 'garbage.db');
  writeFileSync(garbage, 'no database at all'.repeat(50));
  const ask = (...files: string[]) =>
    detail('databases', {}, { databases: files.map((file) => ({ name: path.basename(file), file })) });

  test('are named each by what is wrong with it', async () => {
    expect(await ask(good)).toBeUndefined();
    expect(await ask(good, garbage)).toBe('garbage.db: file is not a database');
    expect(await ask(garbage, path.join(folder, 'none.db'))).toMatch(
      /^garbage\.db: file is not a database; none\.db: unable to open/,
    );
  });

  test('whose tables and indexes do not agree are told by everything that SQLite finds', async () => {
    const torn = path.join(folder, 'torn.db');
    const database = new DatabaseSync(torn);
    database.exec('CREATE TABLE a (text TEXT); CREATE INDEX b ON a (text)');
    for (const row of ['one', 'two']) database.exec(`INSERT INTO a VALUES ('row ${row}')`);
    database.close();
    const bytes = readFileSync(torn);
    // What stands last in the file is the index.
    for (const row of ['one', 'two']) bytes.write('RAW', bytes.lastIndexOf(`row ${row}`));
    writeFileSync(torn, bytes);
    expect(await ask(torn)).toMatch(/^torn\.db: row \d missing from index b, row \d missing from index b/);
  });

  test('are closed again', () => {
    const databases = [{ name: 'good', file: good }];
    expect(countLeftOpen(() => void checkOf('databases').run(subject({}, { databases })))).toBe(0);
  });
});

test('what a check throws is a failure, whatever it is, and long ones are cut', async () => {
  const throwing = (thrown: unknown): Check => ({ name: 'a', run: () => Promise.reject(thrown) });
  const details = async (...thrown: unknown[]) =>
    (await runChecks(thrown.map(throwing), subject())).map((result) => [result.passed, result.detail]);
  expect(await details(new Error('broken'), 'text', undefined, null)).toEqual([
    [false, 'broken'],
    [false, 'text'],
    [false, 'undefined'],
    [false, 'null'],
  ]);
  expect(await details(new Error('a'.repeat(3000)))).toEqual([[false, 'a'.repeat(2000)]]);
  const quiet: Check = { name: 'quiet', run: async () => '' };
  expect(await runChecks([quiet], subject())).toEqual([{ name: 'quiet', passed: false }]);
});
