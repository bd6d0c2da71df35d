import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { Manifest } from './inside/manifest';
import { sendFolder } from './inside/send-folder';
import { imagePaths } from './names';
import { readPodWorkload } from './pod-workload';
import type { Pod } from './pods';

/** Whether a pod runs a program of ours, so that its image holds the others too. Pure. */
export function isShipped(pod: Pod): boolean {
  const [program, script] = readPodWorkload(pod.spec).command;
  return program === imagePaths.node && script !== undefined && script.startsWith(`${imagePaths.code}/`);
}

/** The command by which an image that is not ours gives a folder away, as `kubectl cp` asks for it. */
export const archiveCommand = (folder: string): string[] => ['tar', '-cf', '-', '-C', folder, '.'];

/**
 * Sends what is new in a folder of a pod that has no sender of ours: all of it is brought here first. A database that was
 * written to meanwhile may be torn; whoever uses the copy checks it.
 * @param bring writes the folder as an archive
 * @throws what `bring` throws, and as `sendFolder`
 */
export async function sendForeign(
  bring: (archive: Writable) => Promise<void>,
  known: Manifest,
  output: Writable,
): Promise<void> {
  const copy = mkdtempSync(path.join(tmpdir(), 'cutover-copy-'));
  try {
    const archive = new PassThrough();
    await Promise.all([bring(archive).finally(() => archive.end()), unpack(archive, copy)]);
    await sendFolder(copy, known, output);
    output.end();
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function unpack(archive: Readable, folder: string): Promise<void> {
  const entries = extract();
  const fed = pipeline(archive, entries as never as NodeJS.WritableStream);
  for await (const entry of entries) {
    const { name, type } = entry.header;
    const file = path.join(folder, path.posix.normalize(`/${name}`));
    if (type === 'file') {
      mkdirSync(path.dirname(file), { recursive: true });
      await pipeline(entry as never as Readable, createWriteStream(file));
    } else entry.resume();
  }
  await fed;
}
