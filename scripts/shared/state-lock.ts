import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { CutoverError, exitCodes } from '../../errors';
import { readCommand } from '../../platforms/process-identity';
import type { EngineSession } from './engine-session';
import type { Project } from './project';

interface Lock {
  readonly file: string;
  readonly pid?: number;
  readonly username?: string;
  readonly hostname?: string;
  readonly timestamp?: string;
}

/**
 * Clears the way for a run: locks that an engine left when it was killed go, and one that a living engine holds stops
 * the run. Looks at state in a local folder only; other backends keep locks of their own.
 * @returns the locks that were removed, as sentences
 * @throws CutoverError `stack_locked` (exit code 1) naming the run that holds the stack
 */
export function clearStaleLocks(project: Project, { environment }: EngineSession): string[] {
  const url = environment.PULUMI_BACKEND_URL ?? '';
  if (!url.startsWith('file://')) return [];
  const folder = path.join(url.slice('file://'.length), '.pulumi', 'locks', 'organization', 'cutover', project.stack);
  const removed: string[] = [];
  for (const lock of readLocks(folder)) {
    if (holds(lock)) {
      throw new CutoverError('stack_locked', `another run works on stack ${project.stack}: ${describe(lock)}`, {
        exitCode: exitCodes.unexpected,
        details: ['Wait for it, or end it with Ctrl-C where it was started.'],
      });
    }
    rmSync(lock.file, { force: true });
    removed.push(
      lock.pid === undefined
        ? `removed a lock that cannot be read, ${lock.file}`
        : `removed the lock of a run that has ended (PID ${lock.pid}, since ${lock.timestamp})`,
    );
  }
  return removed;
}

function readLocks(folder: string): Lock[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // never locked
  }
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => {
      const file = path.join(folder, name);
      try {
        return { ...(JSON.parse(readFileSync(file, 'utf8')) as object), file };
      } catch {
        return { file }; // torn by the crash that left it
      }
    });
}

function describe({ pid, username, hostname: host, timestamp }: Lock): string {
  const where = host === undefined || host === hostname() ? '' : ` on ${host}`;
  return `PID ${pid} of ${username}${where} since ${timestamp}`;
}

/** Whether the lock's holder may still work: on another machine nobody can tell, so that it counts as working. */
function holds(lock: Lock): boolean {
  if (lock.hostname !== undefined && lock.hostname !== hostname()) return true;
  if (lock.pid === undefined) return false;
  // A PID is used again: only an engine holds a lock.
  return /(^|\/)pulumi$/.test(readCommand(lock.pid)?.[0] ?? '');
}
