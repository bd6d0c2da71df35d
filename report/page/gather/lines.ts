import { closeSync, openSync, readSync } from 'node:fs';

const chunkBytes = 256 * 1024;
/** A longer line is nothing that a workload logs. */
const mostBytes = 64 * 1024;

/**
 * The lines of a file, one by one, whatever its size. Lines that are too long are passed over.
 * @throws Error where it cannot be read
 */
export function* readLines(file: string): Generator<string> {
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(chunkBytes);
    let rest = Buffer.alloc(0);
    let skipping = false;
    for (let got = readSync(handle, buffer); got > 0; got = readSync(handle, buffer)) {
      const chunk = Buffer.concat([rest, buffer.subarray(0, got)]);
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
        if (!skipping && end - start <= mostBytes) yield chunk.toString('utf8', start, end);
        skipping = false;
        start = end + 1;
      }
      skipping ||= chunk.length - start > mostBytes;
      rest = Buffer.from(skipping ? [] : chunk.subarray(start));
    }
  } finally {
    closeSync(handle);
  }
}
