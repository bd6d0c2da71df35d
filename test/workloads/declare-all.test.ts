import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../config';
import { packageDir } from '../../package-dir';
import { createProcessView, processInputs } from '../../platforms/process/view';
import { digestBytes, digestOf } from '../../posture/digest';
import { type WorkloadName, workloadNames } from '../../posture/posture';
import { declareStack, startsAfter } from '../../workloads/declare-all';

const projectDir = mkdtempSync(path.join(tmpdir(), 'cutover-declare-'));
const place = { stack: 'main', projectDir, home: path.join(projectDir, '.cutover') };
const candles = (close: number) =>
  `time,open,high,low,close,volume\n${Array.from(
    { length: 130 },
    (_, index) => `${new Date(index * 300_000).toISOString()},${close},${close},${close},${close},1\n`,
  ).join('')}`;

beforeAll(() => {
  mkdirSync(path.join(projectDir, 'data'));
  for (const name of ['one', 'two']) writeFileSync(path.join(projectDir, `${name}.onnx`), name);
  writeFileSync(path.join(projectDir, 'data', 'a.csv'), candles(1));
  writeFileSync(path.join(projectDir, 'data', 'b.csv'), candles(2));
  writeFileSync(path.join(projectDir, 'agent.py'), 'print("one")');
  cpSync(path.join(projectDir, 'data', 'a.csv'), path.join(projectDir, 'data', 'same.csv'));
});
afterAll(() => rmSync(projectDir, { recursive: true }));

type Changes = Record<string, unknown>;
const model = (name: string) => ({ version: name, path: `${name}.onnx`, digest: digestBytes(name) });
const recorded = (file: string) => ({ feed: 'recorded', files: { BTCUSDT: `data/${file}` } });

function declare(changes: Changes) {
  const raw: Record<string, string> = {};
  const all: Changes = { model: model('one'), agents: { live_trader: { enabled: true } }, ...changes };
  for (const [key, value] of Object.entries(all))
    raw[`cutover:${key}`] = typeof value === 'string' ? value : JSON.stringify(value);
  const config = readConfig(raw, projectDir);
  const view = createProcessView(config, place);
  const { posture, workloads } = declareStack(config, place.stack, place.home, view);
  const inputs = workloads.map((spec) => [spec.name, processInputs(spec, place, view)] as const);
  return { posture, inputs: Object.fromEntries(inputs) as Record<WorkloadName, ReturnType<typeof processInputs>> };
}

/** Which workloads the engine restarts when the config changes so: those whose inputs do. */
function restarted(before: Changes, after: Changes): WorkloadName[] {
  const [one, other] = [declare(before).inputs, declare(after).inputs];
  return workloadNames.filter((name) => digestOf(one[name]) !== digestOf(other[name]));
}

describe('declareStack', () => {
  it.each<[string, Changes, WorkloadName[]]>([
    ['nothing', {}, []],
    ['the trading mode', { tradingMode: 'live' }, ['backend']],
    [
      'an agent',
      { agents: { live_trader: { enabled: true }, quant_company_agent: { enabled: true } } },
      ['orchestrator'],
    ],
    ["an agent's arguments", { agents: { live_trader: { enabled: true, args: ['--fast'] } } }, ['orchestrator']],
    ['the agents, all off', { agents: {} }, ['orchestrator']],
    [
      'an agent that stays off',
      { agents: { live_trader: { enabled: true }, quant_company_agent: { enabled: false } } },
      [],
    ],
    ['a risk limit', { risk: { maxOrderUsd: 1 } }, ['backend']],
    ['a risk limit, to its default', { risk: { maxDrawdown: 0.1 } }, []],
    ['the threshold', { confidenceThreshold: '0.6' }, ['backend']],
    ['the model', { model: model('two') }, ['model-service']],
    ['the account', { venue: { account: 'other' } }, ['simulated-venue', 'gateway']],
    ['the speed of the market', { market: { feed: 'embedded', speed: 10 } }, ['simulated-venue']],
    ['the feed', { market: recorded('a.csv') }, ['simulated-venue']],
    ['the symbols', { symbols: ['ETHUSDT'] }, ['simulated-venue', 'gateway', 'backend', 'orchestrator']],
    ['the port of the guardian', { ports: { guardian: 1 } }, ['guardian']],
    ['the port of the model service', { ports: { 'model-service': 1 } }, ['model-service', 'backend']],
    ['the port of the gateway', { ports: { gateway: 1 } }, ['gateway', 'backend', 'orchestrator']],
    ['the command of the backend', { workloads: { backend: { command: ['python3', 'x.py'] } } }, ['backend']],
  ])('%s restarts exactly those that it concerns', (_what, changes, expected) => {
    expect(restarted({}, changes)).toEqual(expected);
  });

  it('restarts for the content of a file, not for its name alone being the same', () => {
    const agents = { mine: { enabled: true, command: ['python3', 'agent.py'] } };
    const before = declare({ agents, market: recorded('a.csv') });
    writeFileSync(path.join(projectDir, 'agent.py'), 'print("two")');
    writeFileSync(path.join(projectDir, 'data', 'a.csv'), candles(3));
    const after = declare({ agents, market: recorded('a.csv') });
    const changed = workloadNames.filter((name) => digestOf(before.inputs[name]) !== digestOf(after.inputs[name]));
    expect(changed).toEqual(['simulated-venue', 'orchestrator']);
  });

  it('gives the trading mode to the backend alone, and the venue key to gateway and venue alone', () => {
    const { inputs } = declare({ tradingMode: 'live' });
    const having = (has: (name: WorkloadName) => boolean) => workloadNames.filter(has);
    expect(having((name) => 'TRADING_MODE' in inputs[name].environment)).toEqual(['backend']);
    expect(having((name) => 'VENUE_KEY_FILE' in inputs[name].environment)).toEqual(['simulated-venue', 'gateway']);
    expect(having((name) => 'VENUE_URL' in inputs[name].environment)).toEqual(['gateway']);
  });

  it('carries nothing that the engine cannot: plain JSON, without undefined', () => {
    const { posture, inputs } = declare({ market: recorded('b.csv') });
    for (const value of [posture, ...Object.values(inputs)])
      expect(JSON.parse(JSON.stringify(value))).toStrictEqual(value);
  });

  it('runs what the package ships from dist/, by its own Node.js', () => {
    const [node, script] = declare({}).inputs.gateway.command;
    expect(path.basename(node!)).toBe('node');
    expect(script).toBe(path.join(packageDir(), 'dist', 'workloads', 'gateway', 'server.js'));
  });
});

describe('startsAfter', () => {
  it('waits only for what starts earlier', () => {
    for (const [index, name] of workloadNames.entries())
      for (const before of startsAfter[name]) expect(workloadNames.indexOf(before)).toBeLessThan(index);
  });
});
