import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { extract } from 'tar-stream';
import { type KernelLock, takeKernelLock } from '../../kernel-lock';
import { writeAtomically } from '../process/atomic-file';
import { type Manifest, manifestEntry, parseManifest } from './inside/manifest';

/** How long somebody else may fetch into the same folder, milliseconds. */
const patienceMs = 60_000;

/** Writes what is new in a folder to the archive, which it ends. @param known what is here of it */
export type Source = (known: Manifest, archive: Writable) => Promise<void>;

/** The file that says what of a folder was fetched; it is written at the end of each fetch. */
export const indexOf = (folder: string): string => `${folder}.fetched.json`;

/** Fetches of this process, by folder: one after the other. */
const underWay = new Map<string, Promise<void>>();

/**
 * Brings a copy of a folder up to date. What was fetched before and is gone there is set aside, in a folder beside: with
 * the volume that it came from it may be all that is left. What else lies here stays.
 * @param folder the copy
 * @throws what the source throws; Error where the archive is not whole, or somebody else does not let go of the copy.
 * The copy is then as far as it got, and the next time fetches the rest
 */
export async function fetchInto(folder: string, source: Source): Promise<void> {
  const before = underWay.get(folder)?.catch(() => {});
  const turn = Promise.resolve(before).then(() => fetchAlone(folder, source));
  underWay.set(folder, turn);
  try {
    await turn;
  } finally {
    if (underWay.get(folder) === turn) underWay.delete(folder);
  }
}

async function fetchAlone(folder: string, source: Source): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const indexFile = indexOf(folder);
  const lock = await takeLock(`${indexFile}.lock`);
  try {
    const known = readIndex(indexFile, folder);
    const index = { ...known };
    try {
      const sent = await receive(folder, known, source, index);
      for (const name of Object.keys(known).filter((one) => !Object.hasOwn(sent, one))) {
        setAside(folder, name);
        delete index[name];
      }
    } finally {
      writeAtomically(indexFile, `${JSON.stringify(index)}\n`);
    }
  } finally {
    lock.release();
  }
}

/** @param index is told of each file that is here now @returns what there is */
async function receive(folder: string, known: Manifest, source: Source, index: Manifest): Promise<Manifest> {
  const archive = new PassThrough();
  const failed = new AbortController();
  // What the source says of a failure says more than an archive that ends too soon.
  const sent = source(known, archive).catch((error: Error) => {
    failed.abort();
    archive.destroy();
    throw error;
  });
  const unpacked = unpack(folder, archive, index, failed.signal);
  const [sending, unpacking] = await Promise.allSettled([sent, Promise.race([unpacked, sent.then(() => unpacked)])]);
  if (sending.status === 'rejected') throw sending.reason;
  if (unpacking.status === 'rejected') throw unpacking.reason;
  return unpacking.value;
}

async function unpack(folder: string, archive: Readable, index: Manifest, signal: AbortSignal): Promise<Manifest> {
  const entries = extract();
  const fed = pipeline(archive, entries as never as NodeJS.WritableStream, { signal });
  fed.catch((error: Error) => entries.destroy(error));
  let manifest: Manifest | undefined;
  for await (const entry of entries) {
    const { name } = entry.header;
    if (!manifest) {
      if (name !== manifestEntry) throw new Error(`expected ${manifestEntry}, received ${name}`);
      manifest = parseManifest(await text(entry as never as Readable));
      continue;
    }
    const { from, version, size } = manifest[name] ?? {};
    if (from === undefined) throw new Error(`received ${name}, which was not announced`);
    await store(path.join(folder, name), entry as never as Readable, from, signal);
    index[name] = { version: version!, size: size! };
  }
  await fed;
  if (!manifest) throw new Error('received an empty archive');
  return manifest;
}

/** @param from where in the file the content belongs; what is before that is here already */
async function store(file: string, content: Readable, from: number, signal: AbortSignal): Promise<void> {
  if (from > 0) return pipeline(content, createWriteStream(file, { flags: 'r+', start: from }), { signal });
  mkdirSync(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}.tmp`;
  try {
    await pipeline(content, createWriteStream(fresh), { signal });
    renameSync(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
}

/** Nothing is ever deleted. */
function setAside(folder: string, name: string): void {
  const kept = path.join(`${folder}.gone`, `${name}.${new Date().toISOString().replace(/[-:]/g, '')}`);
  mkdirSync(path.dirname(kept), { recursive: true });
  renameSync(path.join(folder, name), kept);
}

/** What is here of what was fetched before. */
function readIndex(file: string, folder: string): Manifest {
  try {
    const index = Object.entries(parseManifest(readFileSync(file, 'utf8')));
    return Object.fromEntries(index.filter(([name]) => existsSync(path.join(folder, name))));
  } catch {
    return {}; // nothing yet, or torn: everything is fetched
  }
}

async function takeLock(file: string): Promise<KernelLock> {
  for (const deadline = Date.now() + patienceMs; ; await delay(50)) {
    const lock = takeKernelLock(file, 0);
    if (lock) return lock;
    if (Date.now() > deadline) throw new Error(`somebody else has held ${file} for ${patienceMs / 1000} s`);
  }
}
