import { randomBytes } from 'node:crypto';
import { createReadStream, readdirSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { type Described, describeFile } from './describe-file';
import { type Manifest, manifestEntry } from './manifest';

/** Files that stay where they are: private keys, locks, what is half written, and what belongs to a database's writer. */
const kept = /\.key$|\.lock$|\.tmp$|-wal$|-shm$|-journal$|(^|\/)\.copy-/;

/** A copy of a database needs this much space, times its size: its writer must not run out. */
const spareSpace = 2;

/** Pages of a database that are copied without a break: all of them, so that a writer never makes it begin again. */
const allPages = 1 << 30;

/**
 * Writes what is new in a folder as an archive: databases as whole copies although they are written to meanwhile, logs by
 * what they have more, other files as they are.
 * @param known what the receiver has
 * @throws Error when a file cannot be read, or there is no space for a copy
 */
export async function sendFolder(folder: string, known: Manifest, output: Writable): Promise<void> {
  const archive = pack();
  const sent = pipeline(archive, output, { end: false });
  try {
    const found = listFiles(folder).flatMap((name) => describeFile(folder, name, known[name]) ?? []);
    const files = [];
    for (const file of found) files.push(file.kind === 'database' ? await withCopy(folder, file) : file);
    const lines = files.map(
      ({ name, version, size, from }) => [name, { version, size, ...(from === undefined ? {} : { from }) }] as const,
    );
    archive.entry({ name: manifestEntry }, JSON.stringify(Object.fromEntries(lines) satisfies Manifest));
    for (const file of files) await add(archive, folder, file);
    archive.finalize();
    await sent;
  } catch (error) {
    archive.destroy();
    await sent.catch(() => {});
    throw error;
  }
}

async function add(archive: Pack, folder: string, { name, size, from, content }: Described): Promise<void> {
  if (from === undefined) return;
  if (content) return void archive.entry({ name }, content);
  if (size === from) return void archive.entry({ name }, '');
  const entry = archive.entry({ name, size: size - from });
  await pipeline(createReadStream(path.join(folder, name), { start: from, end: size - 1 }), entry);
}

/** A database with a copy of it at hand that is whole although others write to it. */
async function withCopy(folder: string, file: Described): Promise<Described> {
  const source = path.join(folder, file.name);
  const copy = path.join(path.dirname(source), `.copy-${randomBytes(8).toString('hex')}`);
  const size = file.size + (statSync(`${source}-wal`, { throwIfNoEntry: false })?.size ?? 0);
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < size * spareSpace) {
    throw new Error(`expected ${size * spareSpace} bytes free for a copy of ${source}, found ${bavail * bsize}`);
  }
  try {
    const database = new DatabaseSync(source, { readOnly: true, timeout: 5_000 });
    try {
      await backup(database, copy, { rate: allPages });
    } finally {
      database.close();
    }
    // The copy is to be one file, whatever mode its original was written in.
    const made = new DatabaseSync(copy);
    made.exec('PRAGMA journal_mode = DELETE');
    made.close();
    const content = readFileSync(copy);
    return { ...file, size: content.length, content };
  } finally {
    for (const end of ['', '-journal', '-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
  }
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((name) => !kept.test(name))
    .sort();
}
