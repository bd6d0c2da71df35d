import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Config } from '../../../config';
import { CutoverError } from '../../../errors';
import { digestBytes } from '../../../posture/digest';
import { parseStackConfig, readStackConfig, readTradingMode } from '../../../scripts/shared/stack-config';
import { settings } from '../../../settings';

const projectDir = mkdtempSync(path.join(tmpdir(), 'cutover-stack-config-'));
const place = {
  stack: 'main',
  projectDir,
  home: projectDir,
  configFile: path.join(projectDir, 'stacks', 'Pulumi.main.yaml'),
};
beforeAll(() => {
  mkdirSync(path.join(projectDir, 'stacks'));
  mkdirSync(path.join(projectDir, 'folder'));
  writeFileSync(path.join(projectDir, 'model.onnx'), 'a model');
});
afterAll(() => rmSync(projectDir, { recursive: true }));

const model = { version: '1', path: 'model.onnx', digest: digestBytes('a model') };
const parse = (config: object) => parseStackConfig(stringify({ config: { 'cutover:model': model, ...config } }), place);

function outcomeOf(text: string): Config | CutoverError {
  try {
    return parseStackConfig(text, place);
  } catch (error) {
    expect(error).toBeInstanceOf(CutoverError);
    return error as CutoverError;
  }
}

const codeOf = (text: string) => (outcomeOf(text) as CutoverError).code;

describe('parseStackConfig', () => {
  it('reads values as the engine would hand them over: structures, numbers, booleans and quoted text', () => {
    const config = parse({
      'cutover:confidenceThreshold': 0.7,
      'cutover:risk': { maxOrderUsd: 10 },
      'cutover:agents': { live_trader: { enabled: true } },
      'docker:host': 'left alone',
    });
    expect(config).toMatchObject({ confidenceThreshold: 0.7, risk: { maxOrderUsd: 10, maxDrawdown: 0.1 } });
    expect(config.agents.live_trader!.enabled).toBe(true);
    expect(parse({ 'cutover:confidenceThreshold': '0.7' }).confidenceThreshold).toBe(0.7);
  });

  it.each([
    ['no YAML', 'config: {', 'invalid_config'],
    ['a key twice', 'config:\n  cutover:platform: process\n  cutover:platform: process\n', 'invalid_config'],
    ['a list of settings', 'config: [1]', 'invalid_config'],
    ['a text', 'config: text', 'invalid_config'],
    ['a key without its namespace', 'config:\n  tradingMode: paper\n', 'invalid_config'],
    ['an encrypted value', 'config:\n  cutover:symbols:\n    secure: v1:abc\n', 'invalid_config'],
    ['an alias without its anchor', 'config:\n  cutover:symbols: *gone\n', 'invalid_config'],
    ['a value that holds itself', 'config:\n  cutover:symbols: &a [*a]\n', 'invalid_config'],
    ['a bomb of aliases', `a: &a [x]\n${bomb()}config: *z\n`, 'invalid_config'],
    [
      'a path that no file can have',
      stringify({ config: { 'cutover:model': { ...model, path: 'a\0b' } } }),
      'invalid_config',
    ],
    [
      'a folder for a model',
      stringify({ config: { 'cutover:model': { ...model, path: 'folder' } } }),
      'invalid_config',
    ],
  ])('refuses %s', (_what, text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it.each(['constructor', '__proto__'])('refuses a setting with a name that every object has: %s', (name) => {
    const error = outcomeOf(stringify({ config: { 'cutover:model': model, [`cutover:${name}`]: 1 } }));
    expect((error as CutoverError).details).toEqual([expect.stringMatching(`^cutover:${name}: expected one of`)]);
  });

  test.prop([fc.string()])('gives a config or a CutoverError, whatever text comes', (text) => {
    outcomeOf(text);
    outcomeOf(`config:\n  cutover:model: ${text}`);
    readTradingMode(text);
  });

  const keys = fc.constantFrom(...Object.keys(settings.shape), '__proto__', 'constructor', 'x:y', '');
  const near = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>('paper', ['BTCUSDT'], { feed: 'recorded', files: { BTCUSDT: '.' } }, { feed: 'embedded' }),
    fc.record({ version: fc.string(), digest: fc.string(), path: fc.constantFrom('.', 'folder', '\0', 'model.onnx') }),
  );
  test.prop([
    fc.dictionary(
      keys.map((key) => `cutover:${key}`),
      near,
    ),
  ])('gives a config or an invalid_config with details, whatever values come', (config) => {
    const outcome = outcomeOf(stringify({ config }));
    if (!(outcome instanceof CutoverError)) return;
    expect(outcome).toMatchObject({ code: 'invalid_config', exitCode: 2 });
    expect(outcome.details.length).toBeGreaterThan(0);
  });
});

function bomb(): string {
  const names = [...'abcdefghijklmnopqrstuvwxyz'];
  return names
    .slice(1)
    .map((name, index) => `${name}: &${name} [${`*${names[index]},`.repeat(9)}*${names[index]}]\n`)
    .join('');
}

describe('readStackConfig', () => {
  it('names the stacks that there are', () => {
    writeFileSync(path.join(projectDir, 'stacks', 'Pulumi.night.yaml'), '');
    expect(() => readStackConfig(place)).toThrow(
      expect.objectContaining({
        code: 'unknown_stack',
        exitCode: 2,
        message: '--stack: expected one of night, received main',
      }),
    );
    const nowhere = { ...place, configFile: path.join(projectDir, 'gone', 'Pulumi.main.yaml') };
    expect(() => readStackConfig(nowhere)).toThrow(/expected one of \(there is none\)/);
  });
});

describe('readTradingMode', () => {
  it('reads the mode of a config that need not be valid, and says paper only where it says so or nothing', () => {
    expect(readTradingMode('config:\n  cutover:tradingMode: live\n  cutover:nonsense: 1\n')).toBe('live');
    expect(readTradingMode('config:\n  cutover:tradingMode: paper\n')).toBe('paper');
    expect(readTradingMode('config:\n  cutover:platform: process\n')).toBe('paper');
    expect(readTradingMode('')).toBe('paper');
    for (const text of ['config: {', 'config:\n  cutover:tradingMode: *gone\n'])
      expect(readTradingMode(text)).toBe('unreadable');
  });
});
