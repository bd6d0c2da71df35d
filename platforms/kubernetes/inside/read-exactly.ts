import type { Readable } from 'node:stream';

/**
 * Reads so many bytes and no more: what is handed to a program inside a pod has no end of its own.
 * @throws Error when it ends before
 */
export async function readExactly(input: Readable, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  if (bytes === 0) return Buffer.alloc(0);
  for await (const chunk of input) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length >= bytes) return Buffer.concat(chunks).subarray(0, bytes);
  }
  throw new Error(`expected ${bytes} bytes on standard input, received ${length}`);
}
