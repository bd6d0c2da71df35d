import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { post, type RunningWorkload, startWorkload } from '../../helpers/start-workload';
import { GatewayStub } from './gateway-stub';

export const operatorToken = 'correct horse battery staple';

/** A backend as a real process, between a gateway stub and a model service stub. */
export interface Harness {
  readonly gateway: GatewayStub;
  readonly dataDir: string;
  backend: RunningWorkload;
  /** Starts the backend again on the same data. */
  restart(environment?: Record<string, string>): Promise<void>;
  execute(order: Record<string, unknown>, key?: string): ReturnType<typeof post>;
  /** Reads a table of trader.db, as an independent reader would. */
  rows(table: string): Record<string, unknown>[];
  stop(): Promise<void>;
}

export async function startHarness(environment: Record<string, string> = {}): Promise<Harness> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'backend-'));
  const tokenFile = path.join(dataDir, 'operator-token');
  writeFileSync(tokenFile, `${operatorToken}\n`);
  const gateway = await new GatewayStub().start();
  const model = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/health') return response.end('{"ok": true, "model_version": "1.0.0"}');
    request.toArray().then((chunks) => {
      const { mom_20 = 0 } = JSON.parse(Buffer.concat(chunks).toString()).features;
      if (typeof mom_20 === 'number')
        return response.end(JSON.stringify({ confidence: 0.5 + mom_20 / 10, model_version: '1.0.0' }));
      response.statusCode = 400;
      response.end('{"code": "invalid_features", "message": "mom_20: no", "failures": ["mom_20: no"]}');
    });
    return;
  }).listen(0, '127.0.0.1');
  await once(model, 'listening');

  const start = (more: Record<string, string> = {}) =>
    startWorkload('workloads/backend/server.ts', {
      TRADING_MODE: 'paper',
      SYMBOLS: 'BTCUSDT,ETHUSDT',
      CONFIDENCE_THRESHOLD: '0.55',
      RISK_LIMITS: '{"maxOrderUsd":5000,"maxPositionUsd":20000,"maxDrawdown":0.1,"maxOrdersPerMinute":1000}',
      GATEWAY_URL: gateway.url,
      MODEL_SERVICE_URL: `http://127.0.0.1:${(model.address() as AddressInfo).port}`,
      OPERATOR_TOKEN_FILE: tokenFile,
      DATA_DIR: dataDir,
      CUTOVER_SLICE: 'sha256:cd',
      ...environment,
      ...more,
    });

  const harness: Harness = {
    gateway,
    dataDir,
    backend: await start(),
    restart: async (more) => {
      harness.backend = await start(more);
    },
    execute: (order, key) =>
      post(
        `${harness.backend.url}/api/trade/execute`,
        { symbol: 'BTCUSDT', side: 'buy', qtyUsd: 1_000, confidence: 0.9, ...order },
        key === undefined ? {} : { 'idempotency-key': key },
      ),
    rows: (table) => {
      const database = new DatabaseSync(path.join(dataDir, 'trader.db'), { readOnly: true });
      try {
        return database.prepare(`SELECT * FROM ${table} ORDER BY id`).all();
      } finally {
        database.close();
      }
    },
    stop: async () => {
      await harness.backend.stop('SIGKILL');
      await gateway.stop();
      model.close();
      model.closeAllConnections();
      rmSync(dataDir, { recursive: true });
    },
  };
  return harness;
}
