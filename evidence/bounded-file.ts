import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/**
 * A file's bytes, one more than allowed at the most: so a file of any size costs no more than one that is too large by a
 * byte, and its reader can tell. Nothing is waited for: a pipe or device is refused.
 * @throws NotAFileError; the file system's error when it cannot be read
 */
export function readBoundedFile(file: string, maxBytes: number): Uint8Array {
  // Without O_NONBLOCK the opening of a pipe would wait for its writer.
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) throw new NotAFileError('expected a file');
    const buffer = Buffer.alloc(Math.min(stat.size, maxBytes) + 1);
    let length = 0;
    while (length < buffer.length) {
      const got = readSync(handle, buffer, length, buffer.length - length, null);
      if (got === 0) break;
      length += got;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(handle);
  }
}

/** What is at a path is a folder, a pipe or a device. */
export class NotAFileError extends Error {
  override readonly name = 'NotAFileError';
}
