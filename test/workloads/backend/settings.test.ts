import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, expect, it } from 'vitest';
import type { CutoverError } from '../../../errors';
import { readSettings } from '../../../workloads/backend/settings';

const folder = mkdtempSync(path.join(tmpdir(), 'settings-'));
const tokenFile = path.join(folder, 'token');
writeFileSync(tokenFile, ' secret\n');
afterAll(() => rmSync(folder, { recursive: true }));

const good = {
  TRADING_MODE: 'paper',
  SYMBOLS: 'BTCUSDT,ETHUSDT',
  CONFIDENCE_THRESHOLD: '0.55',
  RISK_LIMITS: '{"maxOrderUsd":5000,"maxPositionUsd":20000,"maxDrawdown":0.1,"maxOrdersPerMinute":120}',
  GATEWAY_URL: 'http://127.0.0.1:8010/',
  MODEL_SERVICE_URL: 'http://127.0.0.1:9000',
  DATA_DIR: folder,
  OPERATOR_TOKEN_FILE: tokenFile,
};
const failuresOf = (env: Record<string, string | undefined>): readonly string[] => {
  try {
    readSettings(env);
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_environment' });
    return (error as CutoverError).details;
  }
  return [];
};

it('reads a whole environment', () => {
  expect(readSettings(good)).toEqual({
    tradingMode: 'paper',
    symbols: ['BTCUSDT', 'ETHUSDT'],
    confidenceThreshold: 0.55,
    limits: { maxOrderUsd: 5000, maxPositionUsd: 20000, maxDrawdown: 0.1, maxOrdersPerMinute: 120 },
    gatewayUrl: 'http://127.0.0.1:8010',
    modelServiceUrl: 'http://127.0.0.1:9000',
    dataDir: folder,
    operatorToken: 'secret',
    slice: null,
  });
});

it('names everything that is missing at once', () => {
  const named = failuresOf({}).map((failure) => failure.split(':')[0]);
  expect(named.toSorted()).toEqual(Object.keys(good).toSorted());
});

test.prop([fc.oneof(fc.string(), fc.constantFrom('LIVE', 'Live', ' live', 'live ', 'paper,live', 'dry-run', ''))])(
  'takes no trading mode but the two words',
  (TRADING_MODE) => {
    fc.pre(TRADING_MODE !== 'paper' && TRADING_MODE !== 'live');
    expect(failuresOf({ ...good, TRADING_MODE })).toEqual([
      expect.stringMatching(/^TRADING_MODE: expected paper or live/),
    ]);
  },
);

it.each([
  ['CONFIDENCE_THRESHOLD', ''],
  ['CONFIDENCE_THRESHOLD', '1.01'],
  ['CONFIDENCE_THRESHOLD', 'NaN'],
  ['SYMBOLS', ''],
  ['SYMBOLS', 'BTCUSDT,'],
  ['RISK_LIMITS', '{'],
  ['RISK_LIMITS', good.RISK_LIMITS.replace('5000', '-1')],
  ['RISK_LIMITS', good.RISK_LIMITS.replace('0.1', '10')],
  ['RISK_LIMITS', good.RISK_LIMITS.replace('}', ',"maxLeverage":3}')], // a limit that nobody would enforce
  ['GATEWAY_URL', 'file:///etc/passwd'],
  ['OPERATOR_TOKEN_FILE', '/nonexistent/token'],
])('refuses %s=%s', (name, value) => {
  expect(failuresOf({ ...good, [name]: value })).toEqual([expect.stringContaining(`${name}: `)]);
});

it('refuses an empty operator token, which any request would have', () => {
  const file = path.join(folder, 'empty');
  writeFileSync(file, '\n');
  expect(failuresOf({ ...good, OPERATOR_TOKEN_FILE: file })).toHaveLength(1);
});
