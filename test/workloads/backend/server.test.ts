import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorkload, until } from '../../helpers/start-workload';
import { GatewayStub } from './gateway-stub';
import { type Harness, operatorToken, startHarness } from './harness';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());
beforeEach(() => {
  harness.gateway.behaviour = 'fill';
  harness.gateway.setDrawdown(0);
  harness.gateway.book.positions = [];
});

const get = async (path: string) => {
  const response = await fetch(`${harness.backend.url}${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const postJson = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${harness.backend.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const reset = (token: string) => postJson('/api/risk/reset', {}, { authorization: `Bearer ${token}` });

it('says in /health what it is and what it sees', async () => {
  expect(await get('/health')).toMatchObject({
    status: 200,
    body: {
      ok: true,
      tradingMode: 'paper',
      config: { confidenceThreshold: 0.55, maxOrderUsd: 5000, maxDrawdown: 0.1, symbols: ['BTCUSDT', 'ETHUSDT'] },
      risk: { drawdown: 0, locked: false, equityUsd: 100_000, peakUsd: 100_000 },
      permit: { state: 'none' },
      posture: 'sha256:ab',
      slice: 'sha256:cd',
      modelService: { ok: true, modelVersion: '1.0.0' },
    },
  });
});

describe('consensus', () => {
  const consensus = (symbol: string, features: unknown) => postJson('/api/ai/consensus', { symbol, features });

  it('holds the confidence against the threshold', async () => {
    const yes = await consensus('BTCUSDT', { mom_20: 0.5 });
    expect(yes.body).toEqual({ allow: true, confidence: 0.55, model_version: '1.0.0', threshold: 0.55 });
    expect((await consensus('BTCUSDT', { mom_20: 0.4 })).body.allow).toBe(false);
  });

  it('passes on what the model service refuses', async () => {
    const { status, body } = await consensus('BTCUSDT', { mom_20: 'much' });
    expect({ status, code: body.code, failures: body.failures }).toEqual({
      status: 400,
      code: 'invalid_features',
      failures: ['mom_20: no'],
    });
    expect((await consensus('DOGEUSDT', {})).body.code).toBe('unknown_symbol');
  });
});

describe('execute', () => {
  it('fills on the paper book, records it, and answers with it', async () => {
    const { status, body } = await harness.execute({ agent: 'live_trader', pair: 'BTC/USDT' }, 'first');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      executed: true,
      dryRun: true,
      mode: 'paper',
      clientOrderId: 'first',
      status: 'filled',
    });
    expect(body).toMatchObject({ symbol: 'BTCUSDT', side: 'buy', qtyUsd: 1_000, price: 50_000, qty: 0.02, feeUsd: 1 });
    const row = harness.rows('live_trades').find((row) => row.client_order_id === 'first');
    expect(row).toMatchObject({ pair: 'BTC/USDT', status: 'filled', agent: 'live_trader', order_id: body.orderId });
    const { trades } = (await get('/api/trades?limit=1&agent=live_trader')).body as { trades: object[] };
    expect(trades).toEqual([expect.objectContaining({ clientOrderId: 'first', status: 'filled', qty: 0.02 })]);
  });

  it('does not execute below the threshold, and says why', async () => {
    const before = harness.gateway.received.length;
    const { status, body } = await harness.execute({ confidence: 0.549 });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { executed: false, dryRun: true, reason: 'below_threshold', status: 'not_executed' },
    });
    expect(harness.gateway.received).toHaveLength(before);
  });

  it('gives the same answer for the same key, also to many callers at once, and trades once', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => harness.execute({}, 'many')));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(harness.gateway.received.filter(({ clientOrderId }) => clientOrderId === 'many')).toHaveLength(1);
    expect(await harness.execute({ qtyUsd: 1_001 }, 'many')).toMatchObject({
      status: 409,
      body: { code: 'idempotency_conflict' },
    });
  });

  it('refuses over a limit, and again when asked again', async () => {
    const refused = await harness.execute({ qtyUsd: 5_001 }, 'large');
    expect(refused).toMatchObject({ status: 422, body: { code: 'limit_exceeded', dryRun: true } });
    expect(await harness.execute({ qtyUsd: 5_001 }, 'large')).toEqual(refused);
  });

  it('judges orders one after the other: together they keep the position limit', async () => {
    // The stub's book follows its fills, as the real one does.
    const filled = () => [...harness.gateway.fills.values()].filter(({ clientOrderId }) => /^p\d/.test(clientOrderId));
    Object.defineProperty(harness.gateway.book, 'positions', {
      configurable: true,
      enumerable: true,
      get: () => [{ symbol: 'BTCUSDT', valueUsd: filled().length * 5_000 }],
    });
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => harness.execute({ qtyUsd: 5_000 }, `p${index}`)),
    );
    Object.defineProperty(harness.gateway.book, 'positions', { value: [], writable: true });
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(4);
    expect(answers.filter(({ body }) => body.code === 'limit_exceeded')).toHaveLength(6);
  });

  it('passes on what the gateway refuses', async () => {
    harness.gateway.behaviour = { status: 422, code: 'insufficient_cash' };
    expect(await harness.execute({}, 'poor')).toMatchObject({ status: 422, body: { code: 'insufficient_cash' } });
    harness.gateway.behaviour = 'fill';
    expect(await harness.execute({}, 'poor')).toMatchObject({ status: 422, body: { code: 'insufficient_cash' } });
  });

  it('tries again under the same key when the market was not there', async () => {
    harness.gateway.behaviour = { status: 503, code: 'market_unavailable' };
    expect(await harness.execute({}, 'early')).toMatchObject({ status: 503, body: { code: 'market_unavailable' } });
    harness.gateway.behaviour = 'fill';
    expect(await harness.execute({}, 'early')).toMatchObject({ status: 200, body: { executed: true } });
    expect(harness.rows('live_trades').filter((row) => row.client_order_id === 'early')).toHaveLength(1);
  });
});

describe('the drawdown brake', () => {
  it('comes on over the limit, stays on, lets reducing orders out, and comes off by an operator only', async () => {
    harness.gateway.book.positions = [{ symbol: 'BTCUSDT', valueUsd: 3_000 }];
    harness.gateway.setDrawdown(0.11);
    expect(await harness.execute({})).toMatchObject({ status: 423, body: { code: 'risk_locked', drawdown: 0.11 } });
    const exit = { side: 'sell', qtyUsd: 3_000, confidence: 0 };
    expect(await harness.execute(exit)).toMatchObject({ status: 200, body: { executed: true } });
    expect(await reset(operatorToken)).toMatchObject({ status: 409, body: { code: 'cause_persists' } });

    harness.gateway.setDrawdown(0.05);
    expect(await harness.execute({})).toMatchObject({ status: 423, body: { code: 'risk_locked' } });
    await harness.backend.stop('SIGKILL');
    await harness.restart();
    expect((await get('/health')).body.risk).toMatchObject({ locked: true, drawdown: 0.05 });
    expect(await reset('wrong')).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(await harness.execute({})).toMatchObject({ status: 423 });
    expect(await reset(operatorToken)).toEqual({ status: 200, body: { reset: true } });
    expect(await harness.execute({})).toMatchObject({ status: 200, body: { executed: true } });
    expect(harness.rows('audit').map(({ action, outcome }) => [action, outcome])).toEqual([
      ['risk_brake', 'locked'],
      ['risk_reset', 'cause_persists'],
      ['risk_reset', 'unauthorized'],
      ['risk_reset', 'reset'],
    ]);
  });

  it('comes on between orders, when nobody asks', async () => {
    harness.gateway.setDrawdown(0.2);
    await until(() => harness.rows('audit').filter(({ action }) => action === 'risk_brake').length === 2);
    harness.gateway.setDrawdown(0);
    expect(await harness.execute({})).toMatchObject({ status: 423, body: { code: 'risk_locked' } });
    expect(await reset(operatorToken)).toMatchObject({ status: 200 });
  });
});

it('counts orders by mode, status and code, and logs a refusal as a warning, not as an error', async () => {
  const metrics = await (await fetch(`${harness.backend.url}/metrics`)).text();
  expect(metrics).toMatch(/backend_orders_total\{mode="paper",status="filled",code="",[^}]*\} [1-9]/);
  expect(metrics).toMatch(/backend_orders_total\{mode="paper",status="refused",code="risk_locked",[^}]*\} [1-9]/);
  expect(harness.backend.output()).toContain('"level":"WARN"');
  expect(harness.backend.output()).not.toContain('"level":"ERROR"');
});

describe('live mode', () => {
  it('goes the same way; the gateway wants a permit', async () => {
    await harness.backend.stop();
    await harness.restart({ TRADING_MODE: 'live' });
    harness.gateway.behaviour = { status: 423, code: 'permit_required' };
    const refused = await harness.execute({}, 'live-1');
    expect(refused).toMatchObject({ status: 423, body: { code: 'permit_required', dryRun: false, mode: 'live' } });
    expect(harness.gateway.received.at(-1)).toMatchObject({ clientOrderId: 'live-1', mode: 'live' });
    const row = harness.rows('live_trades').find((row) => row.client_order_id === 'live-1');
    expect(row).toMatchObject({ status: 'refused', reason: 'permit_required', mode: 'live' });
    expect(harness.backend.output()).not.toContain('"level":"ERROR"');
    // A key of the paper days is not a live order.
    expect(await harness.execute({}, 'first')).toMatchObject({ status: 409 });
  });
});

it('ends with code 78 and all failures when the environment is wrong', async () => {
  const backend = await startWorkload('workloads/backend/server.ts', {
    TRADING_MODE: 'LIVE',
    DATA_DIR: harness.dataDir,
  });
  expect(backend.process.exitCode).toBe(78);
  for (const name of ['TRADING_MODE: expected paper or live', 'GATEWAY_URL', 'RISK_LIMITS', 'OPERATOR_TOKEN_FILE'])
    expect(backend.output()).toContain(name);
});

it('is not ok without gateway or model service, and says so', async () => {
  const gone = await new GatewayStub().start();
  await harness.backend.stop();
  await harness.restart({ GATEWAY_URL: gone.url, MODEL_SERVICE_URL: gone.url });
  await gone.stop();
  const { status, body } = await get('/health');
  expect(status).toBe(503);
  expect(body).toMatchObject({
    ok: false,
    permit: { state: 'unknown' },
    modelService: { ok: false, modelVersion: null },
  });
  expect(await harness.execute({}, 'nowhere')).toMatchObject({ status: 503, body: { code: 'gateway_unavailable' } });
  expect(await postJson('/api/ai/consensus', { symbol: 'BTCUSDT', features: {} })).toMatchObject({
    status: 503,
    body: { code: 'model_unavailable' },
  });
});
