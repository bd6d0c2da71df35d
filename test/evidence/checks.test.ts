import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preflightChecks } from '../../evidence/checks';
import { runChecks, type Subject } from '../../evidence/checks/check';
import { paperPosture } from '../helpers/posture';
import { type Bodies, subject as wellSubject } from '../helpers/preflight-subject';

const folder = mkdtempSync(path.join(tmpdir(), 'cutover-checks-'));
const file = path.join(folder, 'trader.db');
beforeAll(() => {
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE live_trades (id INTEGER)');
  database.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const subject = (changed: Bodies = {}, over: Partial<Subject> = {}) =>
  wellSubject(changed, { databases: [{ name: 'trader.db', file }], ...over });

const failures = async (of: Subject) =>
  (await runChecks(preflightChecks, of)).filter(({ passed }) => !passed).map(({ name }) => name);

const { risk } = paperPosture;

describe('preflight', () => {
  it('passes a stack that is as it should be', async () => {
    expect(await failures(subject())).toEqual([]);
  });

  it.each<[string, Bodies, string[]]>([
    ['live', { 'backend /health': { tradingMode: 'live' } }, ['trading mode']],
    [
      'another limit',
      { 'backend /health': { config: { ...risk, confidenceThreshold: 0.5 } } },
      ['threshold and risk parameters'],
    ],
    ['another model', { 'model-service /health': { model_digest: 'sha256:other' } }, ['model version and digest']],
    ['no model', { 'model-service /health': { model_loaded: false } }, ['model version and digest']],
    [
      'a model that always says the same',
      { 'model-service /predict': { confidence: 0.6 } },
      ['confidence over 60 predictions'],
    ],
    ['a confidence of 2', { 'model-service /predict': { confidence: 2 } }, ['confidence over 60 predictions']],
    [
      'another model behind the backend',
      { 'backend /api/ai/consensus': { model_version: '0' } },
      ['consensus smoke test'],
    ],
    ['an execute that is none', { 'backend /api/trade/execute': { dryRun: false } }, ['dry-run execute']],
    ['a locked brake', { 'backend /api/trade/execute': { status: 423 } }, ['dry-run execute']],
    ['a lock of another', { 'orchestrator /health': { lock: { pid: 8 } } }, ['trading lock']],
    [
      'a second trader',
      { 'orchestrator /health': { duplicates: [{ pid: 9, agent: 'x' }] } },
      ['no trader outside the orchestrator'],
    ],
    ['a sick gateway', { 'gateway /health': { ok: false, status: 503 } }, ['services healthy']],
  ])('fails on %s, and on nothing else', async (_what, changed, expected) => {
    expect(await failures(subject(changed))).toEqual(expected);
  });

  it('fails on a status that does not parse, a torn database, another posture, and what cannot be asked', async () => {
    const torn = path.join(folder, 'torn.db');
    writeFileSync(torn, 'no database at all, but long enough to be looked at as one'.repeat(20));
    expect(
      await failures(subject({}, { runOrchestratorStatus: async () => ({ exitCode: 0, stdout: 'ready' }) })),
    ).toEqual(['orchestrator status']);
    expect(await failures(subject({}, { databases: [{ name: 'torn.db', file: torn }] }))).toEqual(['databases']);
    expect(
      await failures(subject({}, { readObservedPosture: async () => ({ ...paperPosture, symbols: [] }) })),
    ).toEqual(['observed posture']);
    const silent = async () => Promise.reject(new Error('nothing answers'));
    expect((await failures(subject({}, { get: silent, post: silent, observe: silent }))).length).toBeGreaterThan(7);
  });

  it('never trades on a stack that is live', async () => {
    const live = { ...paperPosture, tradingMode: 'live' } as const;
    const asked: string[] = [];
    const { post, ...rest } = subject(
      { 'backend /health': { tradingMode: 'live' } },
      { running: live, readObservedPosture: async () => live },
    );
    const found = await failures({
      ...rest,
      post: (workload, route, body) => {
        asked.push(route);
        return post(workload, route, body);
      },
    });
    expect(found).toEqual([]);
    expect(asked).not.toContain('/api/trade/execute');
  });
});
