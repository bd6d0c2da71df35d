import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Time between two looks, milliseconds; at most this much of a file is read at one, bytes. */
const lookMs = 500;
const mostBytes = 1024 * 1024;

/**
 * Repeats what is added to log files. Where the orchestrator's output is all that can be seen of it from outside, what its
 * agents log is then among it.
 * @param write gets whole lines
 * @returns ends it, after a last look
 */
export function echoLogs(files: readonly string[], write: (lines: Buffer) => void): () => void {
  const offsets = new Map(files.map((file) => [file, sizeOf(file)]));
  const look = () => {
    for (const [file, offset] of offsets) {
      try {
        const lines = readLines(file, offset);
        if (lines.length > 0) write(lines);
        offsets.set(file, (sizeOf(file) < offset ? 0 : offset) + lines.length);
      } catch {
        // not there yet, or not readable: what is wrong with it the agent's own log would say
      }
    }
  };
  const timer = setInterval(look, lookMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    look();
  };
}

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** The whole lines that follow an offset; of a file that is shorter than that, from its start. */
function readLines(file: string, offset: number): Buffer {
  const size = sizeOf(file);
  const start = size < offset ? 0 : offset;
  const buffer = Buffer.alloc(Math.min(mostBytes, size - start));
  const handle = openSync(file, 'r');
  try {
    const got = buffer.subarray(0, readSync(handle, buffer, 0, buffer.length, start));
    const end = got.lastIndexOf(0x0a) + 1;
    // A line that is longer than what is read at once goes on in parts, so that the rest is not held up by it.
    return end === 0 && got.length === mostBytes ? got : got.subarray(0, end);
  } finally {
    closeSync(handle);
  }
}
