import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ownIdentity, readStartTime } from '../../../platforms/process-identity';
import { enterGuard, guardFile } from '../../../workloads/orchestrator/guard';
import { acquireLock, cleanStaleLock, LockHeldError } from '../../../workloads/orchestrator/lock';
import { lockFile, pidFile, readLock } from '../../../workloads/orchestrator/lock-file';
import { writeRecord } from '../../../workloads/orchestrator/record';
import { bundleEntry } from '../../helpers/bundle';
import { createHome, type Home, type Running, start, startNode } from './harness';

let starter: string;
let home: Home;
const location = () => ({ stack: 'main', dataDir: home.dataDir });
const startStarter = () => startNode(starter, [], home.env);

beforeAll(async () => {
  starter = await bundleEntry('test/workloads/orchestrator/lock-starter.ts');
});
beforeEach(async () => {
  home = await createHome();
  mkdirSync(home.dataDir, { recursive: true });
});
afterEach(() => home.remove());

async function said(running: Running): Promise<string> {
  await expect.poll(() => running.output(), { timeout: 20_000 }).toMatch(/\n/);
  return running.output().trim();
}

async function startWinner(): Promise<Running> {
  const winner = startStarter();
  expect(await said(winner)).toBe('won');
  return winner;
}

const deadOwner = { pid: 2 ** 22 - 1, startTime: 'gone', owner: 'main', acquiredAt: '2026-01-01T00:00:00.000Z' };

describe('of twenty starters exactly one wins', () => {
  test.each([
    ['no lock file', undefined],
    ['a stale lock file', JSON.stringify(deadOwner)],
    ['an empty lock file', ''],
    ['a garbled lock file', '{"pid": 1'],
  ])('with %s', async (_name, content) => {
    if (content !== undefined) writeFileSync(lockFile(home.dataDir), content);
    const starters = Array.from({ length: 20 }, startStarter);
    const answers = await Promise.all(starters.map(said));
    expect(answers.filter((answer) => answer !== 'lost')).toEqual(['won']);
    const winner = starters[answers.indexOf('won')]!;
    expect(readLock(home.dataDir)).toMatchObject({ kind: 'live', record: { pid: winner.pid } });
    expect(readFileSync(pidFile(home.dataDir), 'utf8')).toBe(`${winner.pid}\n`);
  });

  test('again and again, each time over a killed owner', async () => {
    for (let round = 0; round < 4; round += 1) {
      const starters = Array.from({ length: 6 }, startStarter);
      const answers = await Promise.all(starters.map(said));
      expect(answers.filter((answer) => answer !== 'lost')).toEqual(['won']);
      const winner = starters[answers.indexOf('won')]!;
      winner.process.kill('SIGKILL');
      await winner.ended;
      expect(readLock(home.dataDir).kind).toBe('stale');
    }
  });
});

describe('a live owner keeps its lock', () => {
  test('30: while it is stopped', async () => {
    const winner = await startWinner();
    winner.process.kill('SIGSTOP');
    expect(() => acquireLock(location(), new Date())).toThrow(LockHeldError);
    expect(cleanStaleLock(location())).toBe('held');
    expect(readLock(home.dataDir)).toMatchObject({ kind: 'live', record: { pid: winner.pid } });
  });

  test.each([
    ['its lock file is empty', () => writeFileSync(lockFile(home.dataDir), '')],
    ['its lock file is garbled', () => writeFileSync(lockFile(home.dataDir), 'garbage')],
    ['its lock file names another', () => writeFileSync(lockFile(home.dataDir), JSON.stringify(deadOwner))],
    ['its lock file is gone', () => rmSync(lockFile(home.dataDir))],
    ['lock and PID file are gone', () => [lockFile, pidFile].map((file) => rmSync(file(home.dataDir)))],
    ['the guard file is gone', () => rmSync(guardFile(home.dataDir))],
    ['guard and lock file are gone', () => [guardFile, lockFile].map((file) => rmSync(file(home.dataDir)))],
  ])('when %s', async (_name, damage) => {
    await startWinner();
    damage();
    expect(() => acquireLock(location(), new Date())).toThrow(LockHeldError);
    expect(cleanStaleLock(location())).toBe('held');
  });

  test('when only its record of agents still names it', async () => {
    const winner = await startWinner();
    const orchestrator = { pid: winner.pid, startTime: readStartTime(winner.pid)! };
    writeRecord(home.dataDir, { orchestrator, slice: 's', version: 'v', agents: [] });
    for (const file of [guardFile, lockFile, pidFile]) rmSync(file(home.dataDir));
    expect(() => acquireLock(location(), new Date())).toThrow(LockHeldError);
  });
});

describe('30: a lock without a live owner is taken over', () => {
  test('30: when its PID is used by another process now', () => {
    const other = start('sleep', ['60'], { ...home.env, CUTOVER_WORKLOAD: 'other' });
    const record = { ...deadOwner, pid: other.pid, startTime: 'boot:1' };
    writeFileSync(lockFile(home.dataDir), JSON.stringify(record));
    writeFileSync(pidFile(home.dataDir), String(other.pid));
    const lock = acquireLock(location(), new Date());
    expect(readLock(home.dataDir)).toMatchObject({ kind: 'live', record: ownIdentity() });
    lock.release();
    expect(readLock(home.dataDir)).toEqual({ kind: 'free' });
  });

  test.each(['', 'garbage', '[]', '{"pid":"1"}', '{"pid":-1,"startTime":"x"}', '\0\0\0'])(
    'when its file holds %j and nobody is found',
    (content) => {
      writeFileSync(lockFile(home.dataDir), content);
      writeFileSync(pidFile(home.dataDir), content);
      acquireLock(location(), new Date()).release();
    },
  );
});

test('cleaning removes a stale lock, and says when there was none', () => {
  expect(cleanStaleLock(location())).toBe('none');
  writeFileSync(lockFile(home.dataDir), JSON.stringify(deadOwner));
  expect(cleanStaleLock(location())).toBe('cleaned');
  expect(readLock(home.dataDir)).toEqual({ kind: 'free' });
});

test('a released lock leaves the file of who took it since', () => {
  const lock = acquireLock(location(), new Date());
  const other = { ...deadOwner, pid: 1, startTime: readStartTime(1)! };
  writeFileSync(lockFile(home.dataDir), JSON.stringify(other));
  lock.release();
  expect(readLock(home.dataDir)).toMatchObject({ record: { pid: 1 } });
});

test('a guard file that cannot be locked refuses, naming it', () => {
  writeFileSync(guardFile(home.dataDir), 'not a database, but long enough to be taken for one'.repeat(100));
  expect(() => enterGuard(home.dataDir, 0)).toThrow(guardFile(home.dataDir));
});
