import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Config, readConfig } from '../config';
import { CutoverError } from '../errors';
import { digestBytes } from '../posture/digest';

const folder = mkdtempSync(path.join(tmpdir(), 'cutover-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(path.join(folder, 'model.onnx'), 'a model');
const header = 'time,open,high,low,close,volume\n';
const line = (index: number, high = '2') => `${new Date(index * 300_000).toISOString()},1,${high},1,2,3\n`;
const candles = header + Array.from({ length: 130 }, (_, index) => line(index)).join('');
writeFileSync(path.join(folder, 'candles.csv'), candles);
writeFileSync(path.join(folder, 'short.csv'), header + line(1) + line(2));
writeFileSync(path.join(folder, 'broken.csv'), header + line(1) + line(2) + line(2) + line(4, 'x'));

const model = JSON.stringify({ version: '1', path: 'model.onnx', digest: digestBytes('a model') });

function read(changes: Record<string, string> = {}): Config {
  return readConfig({ 'cutover:model': model, ...changes }, folder);
}

function failuresOf(changes: Record<string, string>): readonly string[] {
  try {
    read(changes);
  } catch (error) {
    expect(error).toBeInstanceOf(CutoverError);
    expect((error as CutoverError).code).toBe('invalid_config');
    expect((error as CutoverError).exitCode).toBe(2);
    return (error as CutoverError).details;
  }
  throw new Error('the config was accepted');
}

describe('readConfig', () => {
  it('fills in what is left out, with paper as the mode', () => {
    const config = read();
    expect(config.tradingMode).toBe('paper');
    expect(config.ports.backend).toBe(8000);
    expect(config.ports['model-service']).toBe(9000);
    expect(config.market.feed).toBe('embedded');
    expect(config.model.path).toBe(path.join(folder, 'model.onnx'));
  });

  it('leaves other packages their settings', () => {
    expect(read({ 'docker:host': 'ssh://somewhere' }).tradingMode).toBe('paper');
  });

  it('reports every failure at once, each with key, expectation and value', () => {
    const failures = failuresOf({
      'cutover:tradingMode': 'Live',
      'cutover:confidenceThreshold': '1.5',
      'cutover:risk': '{"maxOrderUsd": -1, "maxDrawdown": "10%"}',
      'cutover:symbols': '["btc usdt"]',
      'cutover:tradingmode': 'live',
    });
    expect(failures).toEqual(
      expect.arrayContaining([
        'cutover:tradingMode: expected paper or live, received "Live"',
        'cutover:confidenceThreshold: expected a fraction from 0 to 1, received 1.5',
        'cutover:risk.maxOrderUsd: expected an amount in USD over 0, received -1',
        'cutover:risk.maxDrawdown: expected a fraction from 0 to 1, received "10%"',
        'cutover:symbols.0: expected a symbol such as BTCUSDT, received "btc usdt"',
        expect.stringMatching(/^cutover:tradingmode: expected one of tradingMode, .*, received an unknown key$/),
      ]),
    );
    expect(failures).toHaveLength(6);
  });

  it.each([
    ['cutover:risk', '{"maxOrder": 1}', /^cutover:risk\.maxOrder: expected one of maxOrderUsd, .*unknown key$/],
    [
      'cutover:agents',
      '{"Live Trader": {"enabled": true}}',
      /^cutover:agents\.Live Trader: expected an agent name such as live_trader/,
    ],
    [
      'cutover:agents',
      '{"live_trader": {"enabled": "yes"}}',
      /^cutover:agents\.live_trader\.enabled: expected true or false, received "yes"$/,
    ],
    ['cutover:agents', '{"my_agent": {"enabled": true}}', /^cutover:agents\.my_agent\.command: expected a command/],
    ['cutover:agents', 'live_trader', /^cutover:agents: expected a map of agents/],
    [
      'cutover:platform',
      'nomad',
      /^cutover:platform: expected (one of )?process.*docker.*kubernetes.*, received "nomad"$/,
    ],
    [
      'cutover:venue',
      '{"name": "binance"}',
      /^cutover:venue\.name: expected simulated, the only venue so far, received "binance"$/,
    ],
    [
      'cutover:ports',
      '{"backend": 9000}',
      /expected a port of its own for each workload, received 9000 for model-service and backend/,
    ],
    ['cutover:ports', '{"backend": 0}', /^cutover:ports\.backend: expected a port from 1 to 65535, received 0$/],
    [
      'cutover:workloads',
      '{"gateway": {"command": ["x"]}}',
      /^cutover:workloads\.gateway: expected one of backend, model-service, orchestrator/,
    ],
    [
      'cutover:symbols',
      '["BTCUSDT", "BTCUSDT"]',
      /^cutover:symbols: expected each symbol once, received "BTCUSDT" again$/,
    ],
    [
      'cutover:symbols',
      '["BTCUSDT", "NOPE"]',
      /^cutover:symbols: expected symbols that the embedded feed has \(BTCUSDT, ETHUSDT\), received "NOPE"/,
    ],
    ['cutover:market', '{"feed": "live"}', /^cutover:market(\.feed)?: expected/],
    [
      'cutover:market',
      '{"feed": "recorded", "files": {}}',
      /^cutover:market\.files\.BTCUSDT: expected a CSV file, since symbols has BTCUSDT, received nothing$/,
    ],
    [
      'cutover:market',
      '{"feed": "recorded", "files": {"BTCUSDT": "none.csv"}}',
      /^cutover:market\.files\.BTCUSDT: expected a CSV file of candles, received ENOENT/,
    ],
    [
      'cutover:market',
      '{"feed": "recorded", "files": {"BTCUSDT": "broken.csv"}}',
      /line 4: expected a time after the line before.*line 5: expected high to be a number over 0, received "x"/,
    ],
    [
      'cutover:market',
      '{"feed": "recorded", "files": {"BTCUSDT": "short.csv"}}',
      /short\.csv, which has 2 candles; expected more than 128$/,
    ],
    [
      'cutover:model',
      '{"version": "2"}',
      /^cutover:model\.digest: expected sha256: and 64 hex digits, received nothing$/,
    ],
    [
      'cutover:model',
      JSON.stringify({ version: '2', digest: digestBytes('') }),
      /^cutover:model: expected the ONNX artefact of version 2 at .*, received no such file/,
    ],
    [
      'cutover:model',
      JSON.stringify({ version: '1', path: 'model.onnx', digest: digestBytes('another') }),
      /^cutover:model\.digest: expected the digest of .*model\.onnx, which is sha256:.*, received "sha256:/,
    ],
  ])('refuses %s = %s', (key, value, failure) => {
    const failures = failuresOf({ [key]: value });
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(failure);
  });

  it('asks for what Kubernetes needs, where that is the platform', () => {
    const image = `registry.example.com/cutover@${digestBytes('an image')}`;
    const settings = (kubernetes: object, more: Record<string, string> = {}) => ({
      'cutover:platform': 'kubernetes',
      'cutover:kubernetes': JSON.stringify(kubernetes),
      ...more,
    });
    const on = (...given: Parameters<typeof settings>) => failuresOf(settings(...given));
    expect(read(settings({ image })).kubernetes).toEqual({ image });
    expect(failuresOf({ 'cutover:platform': 'kubernetes' })).toEqual([
      expect.stringMatching(/^cutover:kubernetes\.image: expected the image .* by digest.*received nothing/),
    ]);
    expect(on({ image: 'registry.example.com/cutover:latest' })).toEqual([
      expect.stringMatching(/^cutover:kubernetes\.image: expected the image .* by digest/),
    ]);
    expect(on({ image, namespace: 'Trading' })).toEqual([
      'cutover:kubernetes.namespace: expected the name of a namespace, such as cutover-main, received "Trading"',
    ]);
    const own = (text: string | undefined) => ({
      'cutover:workloads': JSON.stringify({ backend: { command: ['run'], image: text } }),
    });
    expect(read(settings({ image }, own(image))).workloads.backend?.image).toBe(image);
    expect(on({ image }, own(digestBytes('an id')))).toEqual([
      expect.stringMatching(/^cutover:workloads\.backend\.image: expected an image by name and digest/),
    ]);
    expect(on({ image }, own(undefined))).toEqual([
      expect.stringMatching(/^cutover:workloads\.backend\.image: expected the image that holds the command/),
    ]);
  });

  it('refuses files that no ConfigMap holds, where pods are given them in one', () => {
    writeFileSync(path.join(folder, 'large.onnx'), Buffer.alloc(700_001));
    const digest = digestBytes(Buffer.alloc(700_001));
    const large = { 'cutover:model': JSON.stringify({ version: '1', path: 'large.onnx', digest }) };
    expect(read(large).model.digest).toBe(digest);
    const kubernetes = { image: `registry.example.com/cutover@${digest}` };
    const on = { 'cutover:platform': 'kubernetes', 'cutover:kubernetes': JSON.stringify(kubernetes) };
    expect(failuresOf({ ...large, ...on })).toEqual([
      expect.stringMatching(/^cutover:model\.path: expected at most 700000 bytes, .* received 700001$/),
    ]);
  });

  it('refuses a stack without a model', () => {
    expect(() => readConfig({}, folder)).toThrow(CutoverError);
  });

  it('reads recorded candles, relative to the project', () => {
    const config = read({ 'cutover:market': '{"feed": "recorded", "files": {"BTCUSDT": "candles.csv"}}' });
    expect(config.market).toMatchObject({ feed: 'recorded', files: { BTCUSDT: path.join(folder, 'candles.csv') } });
  });
});
