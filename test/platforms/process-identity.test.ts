import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fc, test as property } from '@fast-check/vitest';
import { afterEach, describe, expect, test } from 'vitest';
import {
  descendantsOf,
  isAlive,
  listEntries,
  listProcesses,
  ownIdentity,
  parsePs,
  parseStat,
  readCommand,
  readEntry,
  readEnvironment,
  readExecutable,
  readStartTime,
} from '../../platforms/process-identity';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(file: string, args: string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'], env });
  cleanups.push(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  return child;
}

describe('a real process', () => {
  test('has a start time that stays, and is dead once it ended', async () => {
    const child = await start('sleep', ['60']);
    const startTime = readStartTime(child.pid!)!;
    expect(readStartTime(child.pid!)).toBe(startTime);
    expect(isAlive({ pid: child.pid!, startTime })).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive({ pid: child.pid!, startTime })).toBe(false);
    expect(readStartTime(child.pid!)).toBeUndefined();
  });

  test('is another one when only its PID is the same', () => {
    const own = ownIdentity();
    expect(isAlive(own)).toBe(true);
    expect(isAlive({ pid: own.pid, startTime: `${own.startTime}0` })).toBe(false);
  });

  test('that is stopped lives', async () => {
    const child = await start('sleep', ['60']);
    const identity = { pid: child.pid!, startTime: readStartTime(child.pid!)! };
    child.kill('SIGSTOP');
    expect(isAlive(identity)).toBe(true);
  });

  test.runIf(process.platform === 'linux')('that is a zombie is dead', async () => {
    // The shell starts a child that ends at once, then becomes a sleep that never collects it.
    const child = await start('sh', ['-c', 'true & echo $!; exec sleep 60']);
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const zombie = Number(line.toString());
    await expect.poll(() => readStartTime(zombie)).toBeUndefined();
    expect(listProcesses()).not.toContain(zombie);
  });

  test('with spaces and parentheses in its name is read all the same', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'identity-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const file = path.join(folder, 'a) Z (b 1');
    symlinkSync('/bin/sleep', file);
    const child = await start(file, ['60']);
    expect(readEntry(child.pid!)).toMatchObject({ pid: child.pid, parent: process.pid });
    expect(readCommand(child.pid!)).toEqual([file, '60']);
    expect(path.basename(readExecutable(child.pid!)!)).toMatch(/sleep|coreutils|busybox/);
  });

  test.runIf(process.platform === 'linux')('shows its environment and command', async () => {
    const child = await start('sleep', ['60'], { PATH: process.env.PATH, EQUALS: 'a=b=c', EMPTY: '' });
    expect(readEnvironment(child.pid!)).toEqual({ PATH: process.env.PATH, EQUALS: 'a=b=c', EMPTY: '' });
    expect(readCommand(child.pid!)).toEqual(['sleep', '60']);
  });

  test('is listed below its parent', async () => {
    const child = await start('sh', ['-c', 'sleep 60 & echo $!; wait']);
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    const grandchild = Number(line.toString());
    cleanups.push(() => process.kill(grandchild, 'SIGKILL'));
    const below = descendantsOf(process.pid, listEntries()).map((entry) => entry.pid);
    expect(below).toContain(child.pid);
    expect(below).toContain(grandchild);
    expect(descendantsOf(child.pid!, listEntries()).map((entry) => entry.pid)).toEqual([grandchild]);
  });
});

test.each([0, -1, 1.5, Number.NaN, 2 ** 40])('no process has the PID %s', (pid) => {
  expect(readStartTime(pid)).toBeUndefined();
  expect(readEnvironment(pid)).toBeUndefined();
  expect(readCommand(pid)).toBeUndefined();
  expect(readExecutable(pid)).toBeUndefined();
});

property.prop([fc.nat(4_000_000), fc.string(), fc.nat(), fc.nat(), fc.nat()])(
  'stat is read whatever the name holds',
  (pid, name, parent, group, ticks) => {
    const fields = ['S', parent, group, ...Array(16).fill(7), ticks, 9, 9];
    const text = `${pid} (${name}) ${fields.join(' ')}\n`;
    expect(parseStat(text, 'boot')).toEqual({ pid, parent, group, startTime: `boot:${ticks}` });
    expect(parseStat(text.replace(/\) S (?!.*\) S )/, ') Z '), 'boot')).toBeUndefined();
  },
);

property.prop([fc.string()])('garbage is no process', (text) => {
  expect(parseStat(text, 'boot')).toBeUndefined();
});

test('the lines of ps are read, zombies left out', () => {
  const text = [
    '    1     0     1 Ss   Thu Jan  1 00:00:00 2026',
    '   42     1    42 Z    Thu Jan  1 00:00:01 2026',
    '  421     1    42 S+   Thu Jan  1 00:00:02 2026    ',
    '',
  ].join('\n');
  expect(parsePs(undefined, text)).toEqual([
    { pid: 1, parent: 0, group: 1, startTime: 'Thu Jan  1 00:00:00 2026' },
    { pid: 421, parent: 1, group: 42, startTime: 'Thu Jan  1 00:00:02 2026' },
  ]);
  expect(parsePs(42, text)).toEqual([]);
  expect(parsePs(421, text)).toHaveLength(1);
});
