import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBackend, createGateway } from '../../../../workloads/orchestrator/agents/clients';
import { momentum } from '../../../../workloads/orchestrator/agents/momentum';
import { derivePosition } from '../../../../workloads/orchestrator/agents/position';
import { createTradeLoop } from '../../../../workloads/orchestrator/agents/trade-loop';
import { type StubServices, startStubServices } from './stub-services';

let stub: StubServices;
beforeEach(async () => {
  stub = await startStubServices();
});
afterEach(() => stub.close());

function createLoop() {
  const { signal } = new AbortController();
  return createTradeLoop({
    agent: 'live_trader',
    qtyUsd: 1_000,
    strategy: momentum,
    gateway: createGateway(stub.url, signal),
    backend: createBackend(stub.url, signal),
    log: pino({ level: 'silent' }),
  });
}

const sides = () => stub.trades.map((trade) => trade.side);

describe('one order per signal window', () => {
  test('however often the loop looks', async () => {
    const loop = createLoop();
    for (let look = 0; look < 5; look += 1) await loop.step('BTCUSDT');
    expect(stub.requests).toMatchObject([
      { key: `live_trader:BTCUSDT:feed:${stub.last().time}:buy`, symbol: 'BTCUSDT', side: 'buy', qtyUsd: 1_000 },
    ]);
    expect(loop.metrics()).toMatchObject({ attempts: 1, fills: 1, filledToAttempt: 1 });
  });

  test('when it runs twice at the same time, over many candles', async () => {
    const loops = [createLoop(), createLoop(), createLoop()];
    for (let candle = 0; candle < 30; candle += 1) {
      stub.confidence = candle % 4 === 3 ? 0.3 : 0.6;
      await Promise.all(loops.map((loop) => loop.step('BTCUSDT')));
      stub.advance();
    }
    const windows = stub.trades.map((trade) => String(trade.clientOrderId).replace(/:(buy|sell)$/, ''));
    expect(new Set(windows).size).toBe(windows.length);
    expect(sides()).toEqual(windows.map((_, index) => (index % 2 === 0 ? 'buy' : 'sell')));
    expect(windows.length).toBeGreaterThan(10);
  });

  test('when it starts again, whatever the model says now', async () => {
    await createLoop().step('BTCUSDT');
    stub.confidence = 0.1;
    await createLoop().step('BTCUSDT');
    expect(sides()).toEqual(['buy']);
  });

  test('when the answer got lost: the same order is sent again', async () => {
    stub.fault = { status: 503, code: 'gateway_unavailable', after: true, times: 2 };
    const loop = createLoop();
    await expect(loop.step('BTCUSDT')).rejects.toMatchObject({ code: 'gateway_unavailable' });
    stub.confidence = 0.9;
    await expect(loop.step('BTCUSDT')).rejects.toMatchObject({ code: 'gateway_unavailable' });
    await loop.step('BTCUSDT');
    expect(stub.requests).toHaveLength(3);
    expect(new Set(stub.requests.map((request) => JSON.stringify(request))).size).toBe(1);
    expect(sides()).toEqual(['buy']);
  });

  test('an order that was not served is dropped with its window', async () => {
    stub.fault = { status: 503, code: 'gateway_unavailable', times: 1 };
    const loop = createLoop();
    await expect(loop.step('BTCUSDT')).rejects.toMatchObject({ code: 'gateway_unavailable' });
    stub.advance();
    stub.confidence = 0.3;
    await loop.step('BTCUSDT');
    expect(sides()).toEqual([]);
    expect(stub.requests).toHaveLength(1);
  });
});

test('a refused order is counted and not pressed before the next candle', async () => {
  stub.fault = { status: 423, code: 'permit_required', times: 2 };
  const loop = createLoop();
  await loop.step('BTCUSDT');
  await loop.step('BTCUSDT');
  expect(stub.requests).toHaveLength(1);
  stub.advance();
  await loop.step('BTCUSDT');
  expect(loop.metrics()).toMatchObject({ consecutiveRouteRejections: 2, rejections: { permit_required: 2 }, fills: 0 });
  stub.advance();
  await loop.step('BTCUSDT');
  expect(loop.metrics()).toMatchObject({ attempts: 3, fills: 1, consecutiveRouteRejections: 0 });
  expect(loop.metrics().filledToAttempt).toBeCloseTo(1 / 3);
});

test('an order that a risk rule holds back is no rejection', async () => {
  stub.reason = 'below_threshold';
  const loop = createLoop();
  await loop.step('BTCUSDT');
  expect(loop.metrics()).toMatchObject({ attempts: 1, fills: 0, riskFallbacks: 1, consecutiveRouteRejections: 0 });
});

test('a position is sold after five candles, all but dust, and then bought anew', async () => {
  const loop = createLoop();
  for (let candle = 0; candle < 7; candle += 1) {
    await loop.step('BTCUSDT');
    stub.advance();
  }
  expect(sides()).toEqual(['buy', 'sell', 'buy']);
  const trades = stub.trades.slice(0, 2).reverse() as never;
  const { qty } = derivePosition(trades, 'live_trader', 'BTCUSDT', 'paper');
  expect(qty * stub.last().close).toBeLessThan(2);
});

test('a position of another feed is sold at once', async () => {
  await createLoop().step('BTCUSDT');
  stub.feedId = 'other';
  stub.advance();
  await createLoop().step('BTCUSDT');
  expect(sides()).toEqual(['buy', 'sell']);
});

test('a paper position is not sold live', async () => {
  await createLoop().step('BTCUSDT');
  stub.mode = 'live';
  stub.confidence = 0.1;
  stub.advance();
  await createLoop().step('BTCUSDT');
  expect(sides()).toEqual(['buy']);
});

test('nothing is ordered on a market that has ended', async () => {
  stub.market = 'ended';
  await createLoop().step('BTCUSDT');
  expect(stub.requests).toEqual([]);
});

test('a service that does not answer is unavailable', async () => {
  const loop = createLoop();
  await stub.close();
  await expect(loop.step('BTCUSDT')).rejects.toMatchObject({ status: 0, code: 'unreachable', isUnavailable: true });
});
