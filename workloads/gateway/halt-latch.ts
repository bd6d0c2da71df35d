import { closeSync, fsyncSync, lstatSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../errors';
import { digestBytes } from '../../posture/digest';

/** A halt of live trading. `haltedAt` is RFC 3339 UTC. */
export interface Halt {
  readonly haltedAt: string;
  readonly reason: string;
  readonly by: string;
}

const haltShape = z.object({ haltedAt: z.iso.datetime(), reason: z.string(), by: z.string() });
const namedShape = z.object({ id: z.string().min(1).max(200) });

/** The halt latch on disk. Nothing here ever opens it again: that takes an approver, and `LiveDisk`. */
export class HaltLatch {
  readonly file: string;
  /** Set when a halt could not be written: it holds at least until the process ends. */
  private unwritten: Halt | null = null;

  constructor(private readonly folder: string) {
    this.file = path.join(folder, 'halt.json');
  }

  /** The halt, read afresh; null only when it is certain that there is none. @param now wall time in milliseconds */
  read(now: number): Halt | null {
    if (this.unwritten) return this.unwritten;
    try {
      lstatSync(this.file);
    } catch (error) {
      // Without the folder, "no such file" says nothing about the latch.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && isFolder(this.folder)) return null;
      return this.unreadable(error, now);
    }
    try {
      return haltShape.parse(JSON.parse(readFileSync(this.file, 'utf8')));
    } catch (error) {
      return this.unreadable(error, now);
    }
  }

  /**
   * The name of the halt that is latched, the same at every reading: the one it was given, else the digest of the file.
   * Null only when it is certain that there is none.
   */
  id(): string | null {
    if (this.read(0) === null) return null;
    try {
      const bytes = readFileSync(this.file);
      return nameIn(bytes) ?? digestBytes(bytes);
    } catch {
      return 'unreadable-halt';
    }
  }

  /**
   * Latches a halt; an earlier one stays as it is. It is on disk when this returns.
   * @param id the name that the one who halts has given it
   * @throws Error when it cannot be written; the halt then holds in this process all the same
   */
  latch(reason: string, by: string, now: number, id?: string): Halt {
    const halt = this.unwritten ?? { haltedAt: new Date(now).toISOString(), reason, by };
    this.unwritten = halt;
    try {
      // Written in place on purpose: a crash half-way leaves a file that cannot be read, and that is a halt too.
      const file = openSync(this.file, 'wx', 0o644);
      try {
        writeFileSync(file, `${JSON.stringify({ ...halt, id })}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const folder = openSync(this.folder, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
    this.unwritten = null;
    return this.read(now) ?? halt;
  }

  private unreadable(error: unknown, now: number): Halt {
    const reason = `the halt file cannot be read, which counts as a halt: ${messageOf(error)}`;
    return { haltedAt: new Date(now).toISOString(), reason, by: 'gateway' };
  }
}

function nameIn(bytes: Buffer): string | undefined {
  try {
    return namedShape.parse(JSON.parse(bytes.toString('utf8'))).id;
  } catch {
    return undefined;
  }
}

function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
