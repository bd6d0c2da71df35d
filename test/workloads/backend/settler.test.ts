import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Unanswered } from '../../../workloads/backend/http-json';
import { Lane } from '../../../workloads/backend/lane';
import { createMetrics } from '../../../workloads/backend/metrics';
import { Settler, unknownForMs } from '../../../workloads/backend/settler';
import type { NewTrade, Outcome } from '../../../workloads/backend/trade';
import { TradeStore } from '../../../workloads/backend/trade-store';

const folder = mkdtempSync(path.join(tmpdir(), 'settler-'));
afterAll(() => rmSync(folder, { recursive: true }));

const trade = (clientOrderId: string): NewTrade => ({
  clientOrderId,
  mode: 'paper',
  symbol: 'BTCUSDT',
  side: 'buy',
  qtyUsd: 100,
  confidence: 0.9,
  pair: 'BTCUSDT',
  agent: null,
});
const fill: Outcome = { status: 'filled', orderId: 'p-1', price: 1, qty: 100, filledUsd: 100, feeUsd: 0.1 };

describe('Settler', () => {
  let store: TradeStore;
  let now: number;
  let files = 0;
  let answer: () => Outcome | undefined;
  let settler: Settler;
  let asked: string[];

  beforeEach(() => {
    files += 1;
    store = new TradeStore(path.join(folder, `${files}.db`));
    now = Date.UTC(2026, 0, 1);
    asked = [];
    settler = new Settler({
      gateway: {
        findOutcome: async ({ clientOrderId }) => {
          asked.push(clientOrderId);
          return answer();
        },
      },
      store,
      lane: new Lane(),
      metrics: createMetrics(new Registry()),
      log: pino({ level: 'silent' }),
      clock: () => now,
    });
  });

  it('takes a fill from the gateway', async () => {
    store.recordSending(trade('a'), now);
    answer = () => fill;
    await settler.settleAll();
    expect(store.find('a')).toMatchObject({ status: 'filled', orderId: 'p-1', filledUsd: 100 });
  });

  it('gives an order up only when the gateway has not known it for a while', async () => {
    store.recordSending(trade('a'), now);
    answer = () => undefined;
    now += 3_600_000; // however old the order is: the gateway may have been paused with the order at its door
    await settler.settleAll();
    expect(store.find('a')!.status).toBe('pending');
    now += unknownForMs - 1;
    await settler.settleAll();
    expect(store.find('a')!.status).toBe('pending');
    now += 1;
    await settler.settleAll();
    expect(store.find('a')).toMatchObject({ status: 'failed', reason: 'not_sent' });
  });

  it('leaves everything as it is while the gateway does not answer, and asks once', async () => {
    for (const key of ['a', 'b', 'c']) store.recordSending(trade(key), now);
    answer = () => {
      throw new Unanswered('closed');
    };
    await settler.settleAll();
    expect(asked).toEqual(['a']);
    expect(store.pending()).toHaveLength(3);
  });

  it('never touches what is settled', async () => {
    store.recordSending(trade('a'), now);
    store.settle('a', fill, now);
    answer = () => undefined;
    await settler.settleAll();
    expect(asked).toEqual([]);
    expect(store.settle('a', { status: 'failed', reason: 'not_sent' }, now)).toMatchObject({ status: 'filled' });
    expect(store.recordSending(trade('a'), now)).toMatchObject({ status: 'filled' });
  });
});
