import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../config';
import { createProcessView } from '../../platforms/process/view';
import { digestBytes } from '../../posture/digest';
import { digestPosture, type Posture } from '../../posture/posture';
import { declareStack } from '../../workloads/declare-all';
import { ReadyStack } from '../helpers/ready-stack';

// Attacks 9 and 10 through the real config: one byte of it changed (reordered keys are the same posture), another model.
const projectDir = mkdtempSync(path.join(tmpdir(), 'cutover-config-'));
const place = { stack: 'main', projectDir, home: path.join(projectDir, '.cutover') };
const model = (name: string) => ({ version: name, path: `${name}.onnx`, digest: digestBytes(name) });
const risk = { maxOrderUsd: 1000, maxPositionUsd: 2000, maxDrawdown: 0.05, maxOrdersPerMinute: 30 };
const config = {
  tradingMode: 'live',
  agents: { live_trader: { enabled: true } },
  confidenceThreshold: 0.55,
  model: model('one'),
  risk,
};

let stack: ReadyStack;
beforeAll(() => {
  mkdirSync(place.home);
  for (const name of ['one', 'two']) writeFileSync(path.join(projectDir, `${name}.onnx`), name);
  stack = new ReadyStack();
  stack.prove(null, declare(config));
});
afterAll(() => {
  stack.destroy();
  rmSync(projectDir, { recursive: true });
});

function declare(values: Record<string, unknown>): Posture {
  const raw = Object.entries(values).map(([key, value]) => [
    `cutover:${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const read = readConfig(Object.fromEntries(raw), projectDir);
  return declareStack(read, place.stack, place.home, createProcessView(read, place)).posture;
}

const reversed = (value: object) => Object.fromEntries(Object.entries(value).reverse());
const others = [
  'preflight:other_target',
  'snapshot:other_target',
  'canary:other_target',
  'drill:other_target',
  'approval:other_transition',
];

it('9: the config that was proved is allowed, its keys in any order', () => {
  expect(stack.codes(declare(config))).toEqual([]);
  const reordered = declare(reversed({ ...config, risk: reversed(risk), model: reversed(model('one')) }));
  expect(digestPosture(reordered)).toBe(digestPosture(declare(config)));
  expect(stack.codes(reordered)).toEqual([]);
});

it.each<[string, Record<string, unknown>]>([
  ['a limit', { risk: { ...risk, maxOrderUsd: 1001 } }],
  ['a limit, even a smaller one', { risk: { ...risk, maxOrderUsd: 999 } }],
  ['the threshold', { confidenceThreshold: 0.56 }],
  ['a symbol', { symbols: ['ETHUSDT'] }],
  ['the seed of the feed', { market: { feed: 'embedded', seed: 43, speed: 1 } }],
])('9: one byte of the config is refused: %s', (_, changes) => {
  expect(stack.codes(declare({ ...config, ...changes }))).toEqual(others);
});

it('10: another model version is refused, by its name or by its bytes', () => {
  expect(stack.codes(declare({ ...config, model: model('two') }))).toEqual(others);
  const renamed = { ...model('one'), version: 'one-b' };
  expect(stack.codes(declare({ ...config, model: renamed }))).toEqual(others);
});

it('10: an artefact that is not the one its config names is refused before anything else', () => {
  const swapped = { ...model('one'), path: 'two.onnx' };
  expect(() => declare({ ...config, model: swapped })).toThrow(expect.objectContaining({ code: 'invalid_config' }));
});
