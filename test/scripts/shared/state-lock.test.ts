import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineSession } from '../../../scripts/shared/engine-session';
import type { Project } from '../../../scripts/shared/project';
import { clearStaleLocks } from '../../../scripts/shared/state-lock';

const root = mkdtempSync(path.join(tmpdir(), 'cutover-lock-'));
afterAll(() => rmSync(root, { recursive: true }));
const project: Project = { stack: 'main', projectDir: root, home: root, configFile: path.join(root, 'x.yaml') };
const locks = path.join(root, 'state', '.pulumi', 'locks', 'organization', 'cutover', 'main');
const session = (url: string | undefined) =>
  ({ engine: {}, environment: url ? { PULUMI_BACKEND_URL: url } : {} }) as unknown as EngineSession;
const local = session(`file://${path.join(root, 'state')}`);

/** A live process that is called `pulumi`, as far as the system can tell. */
async function startPulumi(): Promise<ChildProcess> {
  const program = path.join(root, 'pulumi');
  if (!existsSync(program)) symlinkSync('/bin/sleep', program);
  const child = spawn(program, ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const lockOf = (lock: object) => {
  const file = path.join(locks, 'a1b2.json');
  writeFileSync(
    file,
    JSON.stringify({ username: 'ann', hostname: hostname(), timestamp: '2026-01-01T00:00:00Z', ...lock }),
  );
  return file;
};

beforeEach(() => mkdirSync(locks, { recursive: true }));
afterEach(() => rmSync(path.join(root, 'state'), { recursive: true, force: true }));

describe('clearStaleLocks', () => {
  it('has nothing to do where nothing was ever locked', () => {
    rmSync(path.join(root, 'state'), { recursive: true });
    expect(clearStaleLocks(project, local)).toEqual([]);
  });

  it('lets a live engine finish, and names it', async () => {
    const engine = await startPulumi();
    const file = lockOf({ pid: engine.pid });
    try {
      expect(() => clearStaleLocks(project, local)).toThrow(
        expect.objectContaining({
          code: 'stack_locked',
          exitCode: 1,
          message: `another run works on stack main: PID ${engine.pid} of ann since 2026-01-01T00:00:00Z`,
        }),
      );
      expect(existsSync(file)).toBe(true);
    } finally {
      await end(engine);
    }
    // Once it is dead, its lock is stale.
    expect(clearStaleLocks(project, local)).toEqual([
      `removed the lock of a run that has ended (PID ${engine.pid}, since 2026-01-01T00:00:00Z)`,
    ]);
    expect(existsSync(file)).toBe(false);
  });

  it('does not take a process that got the PID later for the engine', () => {
    const file = lockOf({ pid: process.pid });
    expect(clearStaleLocks(project, local)).toHaveLength(1);
    expect(existsSync(file)).toBe(false);
  });

  it('never removes the lock of another machine', () => {
    const file = lockOf({ pid: 1, hostname: 'elsewhere' });
    expect(() => clearStaleLocks(project, local)).toThrow(
      expect.objectContaining({ code: 'stack_locked', message: expect.stringContaining('elsewhere') }),
    );
    expect(existsSync(file)).toBe(true);
  });

  it.each(['', '{"pid": 1', 'null', '[]'])('removes a lock that a crash has torn: %j', (text) => {
    const file = path.join(locks, 'torn.json');
    writeFileSync(file, text);
    expect(clearStaleLocks(project, local)).toEqual([expect.not.stringContaining('undefined')]);
    expect(existsSync(file)).toBe(false);
  });

  it("leaves other stacks' locks, and backends that keep locks of their own, alone", async () => {
    const engine = await startPulumi();
    try {
      const file = lockOf({ pid: engine.pid });
      expect(clearStaleLocks({ ...project, stack: 'night' }, local)).toEqual([]);
      for (const url of ['s3://bucket', 'https://api.pulumi.com', undefined])
        expect(clearStaleLocks(project, session(url))).toEqual([]);
      expect(existsSync(file)).toBe(true);
    } finally {
      await end(engine);
    }
  });
});
