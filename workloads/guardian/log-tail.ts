import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** New log lines, and how many of them are errors. */
export interface LogCount {
  readonly lines: number;
  readonly errors: number;
}

/** Read at most this much of a file in one round; the rest comes in the next. */
const mostBytes = 1024 * 1024;

/** Counts what is new in log files since they were looked at before; what was in them at the first look does not count. */
export class LogTail {
  private readonly known = new Map<string, { readonly ino: number; readonly offset: number }>();
  private first = true;

  /** A file that cannot be read counts nothing: what is wrong with it shows elsewhere. */
  count(files: readonly string[]): LogCount {
    const counts = files.map((file) => this.countFile(file));
    this.first = false;
    return counts.reduce((sum, { lines, errors }) => ({ lines: sum.lines + lines, errors: sum.errors + errors }), {
      lines: 0,
      errors: 0,
    });
  }

  private countFile(file: string): LogCount {
    const none = { lines: 0, errors: 0 };
    let handle: number;
    try {
      handle = openSync(file, 'r');
    } catch {
      return none;
    }
    try {
      const { ino, size } = fstatSync(handle);
      const before = this.known.get(file);
      const start = before ? (before.ino === ino && before.offset <= size ? before.offset : 0) : this.first ? size : 0;
      const buffer = Buffer.alloc(Math.min(mostBytes, size - start));
      const got = readSync(handle, buffer, 0, buffer.length, start);
      const whole = buffer.subarray(0, got).lastIndexOf(0x0a) + 1;
      // A line that is longer than what is read at once is passed over, so that the rest is not held up by it.
      this.known.set(file, { ino, offset: start + (whole === 0 && got === mostBytes ? got : whole) });
      return countLines(buffer.toString('utf8', 0, whole));
    } catch {
      return none;
    } finally {
      closeSync(handle);
    }
  }
}

/** Counts JSON log lines by their level; other lines are no errors. */
export function countLines(text: string): LogCount {
  const lines = text.split('\n').filter((line) => line !== '');
  return { lines: lines.length, errors: lines.filter((line) => /"level":\s*"(ERROR|FATAL)"/.test(line)).length };
}
