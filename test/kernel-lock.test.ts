import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { takeKernelLock } from '../kernel-lock';

const folder = mkdtempSync(path.join(tmpdir(), 'cutover-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('has one holder, and the next one once it is released', () => {
  const file = path.join(folder, 'new', 'one.lock');
  const lock = takeKernelLock(file, 0);
  expect(takeKernelLock(file, 0)).toBeUndefined();
  lock!.release();
  takeKernelLock(file, 0)!.release();
});

test('is held by a process that is stopped, and free once it is killed', async () => {
  const file = path.join(folder, 'two.lock');
  const program = `
    const { DatabaseSync } = require('node:sqlite');
    const database = new DatabaseSync(${JSON.stringify(file)});
    database.exec('BEGIN EXCLUSIVE');
    process.stdout.write('held');
    setInterval(() => database, 1000);`;
  const holder = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await once(holder.stdout, 'data');
    holder.kill('SIGSTOP');
    expect(takeKernelLock(file, 0)).toBeUndefined();
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'close');
  }
  takeKernelLock(file, 0)!.release();
});

test('names a file that cannot be locked', () => {
  const file = path.join(folder, 'three.lock');
  writeFileSync(file, 'not a database, but long enough to be taken for one'.repeat(100));
  expect(() => takeKernelLock(file, 0)).toThrow(file);
});
