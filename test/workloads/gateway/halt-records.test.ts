import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { afterAll, afterEach, beforeEach, describe, expect } from 'vitest';
import { HaltRecords } from '../../../workloads/gateway/halt-records';
import { LiveStack } from '../../helpers/live-stack';
import { until } from '../../helpers/start-workload';

const root = mkdtempSync(path.join(tmpdir(), 'halt-records-'));
afterAll(() => rmSync(root, { recursive: true }));
const open = () => new HaltRecords(mkdtempSync(path.join(root, 'one-')));
const haltedAt = '2026-01-02T03:04:05.000Z';
const record = (id: string, reason = 'spread looks wrong') => ({ id, haltedAt, reason, by: 'alice' });

describe('what was said with each halt', () => {
  test.prop([fc.uniqueArray(fc.string({ minLength: 1, maxLength: 200 }), { maxLength: 4 })])(
    'is kept by the name of the halt, whatever is in it',
    (ids) => {
      const records = open();
      for (const id of ids) records.keep(record(id, `because of ${id}`));
      for (const id of ids) expect(records.find(id)?.reason).toBe(`because of ${id}`);
      expect(records.find('another')).toBeNull();
    },
  );

  test('keeps the first words of a halt', () => {
    const records = open();
    records.keep(record('one'));
    records.keep(record('one', 'other words'));
    expect(records.find('one')).toEqual(record('one'));
  });

  test('hands over what was left, once, and only when it is on disk', () => {
    const records = open();
    records.leave(record('one'));
    records.takeUp(() => false);
    expect(records.find('one')).toEqual(record('one'));
    const taken: string[] = [];
    for (const _ of [1, 2]) records.takeUp((id) => taken.push(id) > 0);
    expect(taken).toEqual(['one']);
    expect(records.find('one')).toEqual(record('one'));
  });

  test('leaves nothing that the gateway has already', () => {
    const records = open();
    records.keep(record('one'));
    records.leave(record('one'));
    records.takeUp(() => expect.unreachable());
  });

  test('counts a file that cannot be read as a halt', () => {
    const folder = mkdtempSync(path.join(root, 'torn-'));
    mkdirSync(path.join(folder, 'halt-records'));
    writeFileSync(path.join(folder, 'halt-records', 'torn.waiting.json'), '{"id": "on');
    const taken: string[] = [];
    for (const _ of [1, 2]) new HaltRecords(folder).takeUp((id) => taken.push(id) > 0);
    expect(taken).toEqual(['torn.waiting.json']);
    expect(readdirSync(path.join(folder, 'halt-records'))).toHaveLength(1);
  });
});

describe('a running gateway', () => {
  let stack: LiveStack;
  beforeEach(async () => {
    stack = await LiveStack.start();
  });
  afterEach(() => stack.stop());
  const halts = async () => (await stack.get('/halts')).body.halts as { id: string; reason: string; by: string }[];

  test('knows the words of every halt that is latched, over restarts, and closes each by itself', async () => {
    await stack.halt({ reason: 'one', by: 'alice', id: 'first' });
    await stack.halt({ reason: 'two', by: 'bob', id: 'second' });
    await stack.gateway.stop('SIGKILL');
    // An operator who halts now is answered by nobody.
    new HaltRecords(stack.dataDir).leave({ ...record('third', 'three'), by: 'carol' });
    await stack.startGateway();
    await until(async () => (await halts()).length === 3);
    expect(await halts()).toMatchObject([
      { id: 'first', reason: 'one', by: 'alice' },
      { id: 'second', reason: 'two', by: 'bob' },
      { id: 'third', reason: 'three', by: 'carol' },
    ]);
    expect((await stack.close(['first', 'second'])).body.halts).toEqual(['third']);
    expect((await stack.get('/health')).body.halt).toMatchObject({ reason: 'three', by: 'carol' });
    await stack.restartGateway();
    expect((await stack.grant()).body.failures).toEqual(['halted']);
    expect((await stack.close(['third'])).body.halts).toEqual([]);
    expect((await stack.get('/health')).body.halt).toBeNull();
    expect((await stack.grant()).status).toBe(200);
  });
});
