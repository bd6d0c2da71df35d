import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { evidenceDir } from '../../platforms/process/home';
import { digestBytes, digestFile } from '../../posture/digest';
import { digestPosture, workloadNames } from '../../posture/posture';
import { findBlastRadius } from '../../report/change-record/blast-radius';
import {
  type Operation,
  type Operations,
  platforms,
  postureOf,
  root,
  storesOf,
  type Version,
} from './change-operations';

// docs/platforms.md says in a table what becomes of which workload when what changes; here it is held.

const folder = mkdtempSync(path.join(tmpdir(), 'cutover-operations-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const candles = (price: number) =>
  [
    'time,open,high,low,close,volume',
    ...Array.from({ length: 130 }, (_, index) => `${new Date(index * 300_000).toISOString()},1,${price},1,1,1`),
  ].join('\n');
const imageOf = (name: string) => digestBytes(name);
const own = (name: string, text: string) => ({
  backend: { command: [write(name, text)], image: `registry.example.com/own@${imageOf(text)}` },
});

const before: Version = {
  folder,
  image: imageOf('one'),
  settings: { 'cutover:agents': JSON.stringify({ live_trader: { enabled: true } }) },
};
const set = (key: string, value: unknown, base = before): Version => ({
  ...base,
  settings: { ...base.settings, [`cutover:${key}`]: typeof value === 'string' ? value : JSON.stringify(value) },
});
const recorded = (name: string, price: number) =>
  set('market', { feed: 'recorded', files: { BTCUSDT: write(name, candles(price)) } });
const both = { live_trader: { enabled: true }, quant_company_agent: { enabled: true } };
const newer = { version: '1.1.0', digest: digestFile(path.join(root, 'models/1.1.0/model.onnx')) };
const evidence = evidenceDir({ projectDir: folder, stack: 'main' });

/** Each change of the table: a stack before and after it. */
const changes: Readonly<Record<string, readonly [before: Version, after: Version]>> = {
  'trading mode': [before, set('tradingMode', 'live')],
  agents: [before, set('agents', both)],
  symbols: [before, set('symbols', ['BTCUSDT', 'ETHUSDT'])],
  'risk limits': [before, set('risk', { maxOrderUsd: 1 })],
  'confidence threshold': [before, set('confidenceThreshold', '0.9')],
  model: [before, set('model', newer)],
  'account at the venue': [before, set('venue', { account: 'another' })],
  'market feed': [before, set('market', { feed: 'embedded', seed: 2 })],
  'recorded candles': [recorded('one.csv', 2), recorded('two.csv', 3)],
  "the backend's own program": [set('workloads', own('backend-1', 'one')), set('workloads', own('backend-2', 'two'))],
  'code of the gateway': [before, { ...before, image: imageOf('two'), gatewayCode: 'two' }],
  evidence: [before, before],
};

/** What changes in place with every posture, on Kubernetes; elsewhere it is a file that no engine sees. */
const postureFile = 'ConfigMap declared';

async function operationsOf(change: string, platform: string): Promise<Operations> {
  const [one, other] = changes[change]!;
  // Before, there is none: the one change that config does not show.
  rmSync(evidence, { recursive: true, force: true });
  const declared = platforms[platform]!(one);
  mkdirSync(evidence, { recursive: true });
  if (change === 'evidence') writeFileSync(path.join(evidence, 'soak-20260101T000000Z-0a1b2c3d.json'), '{}');
  return declared.compare(platforms[platform]!(other));
}

/** The table of the documentation: by change and platform. */
function readTable(): Record<string, Record<string, Operations>> {
  const text = readFileSync(path.join(root, 'docs', 'platforms.md'), 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const [head, , ...body] = rows.slice(rows.findIndex(([first]) => first === 'change'));
  return Object.fromEntries(
    body.map(([change, ...cells]) => [
      change,
      Object.fromEntries(cells.map((cell, index) => [head![index + 1], readCell(cell)])),
    ]),
  );
}

/** Such as `restart: backend, gateway; in place: ConfigMap model`; `nothing`. */
function readCell(cell: string): Operations {
  if (cell === 'nothing') return {};
  const parts = cell.split(';').map((part) => part.trim().split(': '));
  return Object.fromEntries(
    parts.flatMap(([operation, names = '']) =>
      names
        .split(', ')
        .flatMap((name) => (name === 'every workload' ? workloadNames : [name]))
        .map((name) => [name, operation as Operation]),
    ),
  );
}

const table = readTable();
const cells = Object.keys(changes).flatMap((change) => Object.keys(platforms).map((name) => [change, name] as const));

describe('docs/platforms.md', () => {
  it('has a row for every change and a column for every platform', () => {
    expect(Object.keys(table)).toEqual(Object.keys(changes));
    for (const row of Object.values(table)) expect(Object.keys(row)).toEqual(Object.keys(platforms));
  });

  it.each(cells)('says what a change of %s comes to on %s', async (change, platform) => {
    const { [postureFile]: declared, ...found } = await operationsOf(change, platform);
    expect(found).toEqual(table[change]?.[platform]);
    expect(declared).toBe(platform === 'Kubernetes' && change !== 'evidence' ? 'in place' : undefined);
  });
});

const postures = Object.entries(changes).filter(([change]) => change !== 'evidence');

describe('the change record', () => {
  const known = { Docker: 'docker', Kubernetes: 'kubernetes' } as const;
  const cases = postures.flatMap(([change, versions]) =>
    Object.keys(known).map((name) => [change, name as keyof typeof known, versions] as const),
  );

  it.each(cases)('says of a change of %s what the engine would do on %s', async (change, name, [one, other]) => {
    const platform = known[name];
    const radius = findBlastRadius(postureOf(one, platform), postureOf(other, platform), {
      before: platform,
      after: platform,
    });
    const said = Object.fromEntries(radius.touched.map(({ workload, operation }) => [workload, operation]));
    const found = Object.entries(await operationsOf(change, name));
    expect(said).toEqual(
      Object.fromEntries(found.filter(([what]) => (workloadNames as readonly string[]).includes(what))),
    );
  });
});

describe('every change', () => {
  it.each(postures)('of %s is another posture, with the same disks', (_change, [one, other]) => {
    expect(digestPosture(postureOf(other))).not.toBe(digestPosture(postureOf(one)));
    expect(storesOf(other)).toEqual(storesOf(one));
  });

  it.each(Object.keys(platforms))(
    'can be made together with the way down to paper, on %s, and keeps the disks',
    async (name) => {
      const live = set('tradingMode', 'live');
      const everything = [
        ['agents', {}],
        ['symbols', ['BTCUSDT', 'ETHUSDT']],
        ['risk', { maxOrderUsd: 1 }],
        ['model', newer],
        ['venue', { account: 'another' }],
      ] as const;
      const down = everything.reduce((version, [key, value]) => set(key, value, version), before);
      expect(storesOf(down)).toEqual(storesOf(live));
      const after = platforms[name]!({ ...down, image: imageOf('two'), gatewayCode: 'two' });
      const operations = await platforms[name]!(live).compare(after);
      expect(Object.keys(operations)).toContain('backend');
      // Nothing but containers is ever replaced, and none of those on Kubernetes.
      const replaced = Object.entries(operations).filter(([, operation]) => operation === 'replace');
      const containers = name === 'Docker' ? workloadNames : [];
      expect(
        replaced.map(([what]) => what).filter((what) => !(containers as readonly string[]).includes(what)),
      ).toEqual([]);
    },
  );

  it('is none where nothing changes', async () => {
    for (const read of Object.values(platforms)) expect(await read(before).compare(read(before))).toEqual({});
  });
});
