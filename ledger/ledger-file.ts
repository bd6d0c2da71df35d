import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { Signer } from '../evidence/keys';
import { type KernelLock, takeKernelLock } from '../kernel-lock';
import type { TrustRoot } from '../posture/proof';
import type { ChainHead } from './chain';
import { type Draft, type Entry, formatEntry } from './entry';
import { LedgerError } from './errors';
import { makeNext, requireHead } from './next-entry';
import { type Chain, maxLedgerBytes, tooLarge, verifyLedger } from './verify';

const lockWaitMs = 2000;

/**
 * Makes a ledger with its first entry, whole and synced or not at all. For `keys init` alone: nothing else ever makes
 * one, since an empty ledger has forgotten every halt.
 * @throws LedgerError `exists`; the file system's error when the folder cannot be written
 */
export function createLedger(file: string, genesis: Entry): void {
  const fresh = `${file}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    writeFileSync(fresh, formatEntry(genesis), { flag: 'wx', flush: true, mode: 0o600 });
    // A link refuses a name that is taken, where a rename would replace what has it.
    linkSync(fresh, file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new LedgerError('exists', `${file} exists; a ledger is never made anew`, { cause });
  } finally {
    rmSync(fresh, { force: true });
  }
  syncFolder(file);
}

/**
 * Reads and verifies a ledger. A last line without its newline was never acknowledged and does not count.
 * @throws LedgerError that says why it cannot be read; a missing ledger is never made
 */
export function readLedger(file: string, trustRoot: TrustRoot): Chain {
  const handle = openLedger(file, 'r');
  try {
    const bytes = readAll(file, handle);
    return verifyLedger(bytes.subarray(0, endOfLines(bytes)), trustRoot);
  } finally {
    closeSync(handle);
  }
}

/**
 * Signs a draft and appends it, if the ledger still ends where the caller last saw it end.
 * @param options.expected the head that the caller decided on
 * @param options.now milliseconds since the epoch; the entry is never older than the one before it
 * @returns the entry, which is on the disk then
 * @throws LedgerError `stale_head` when somebody else was faster, `busy` when the lock is held for 2 s, `write_failed`,
 * or why the ledger cannot be read or the entry must not follow; the ledger is as it was then
 */
export function appendDraft(
  file: string,
  trustRoot: TrustRoot,
  draft: Draft,
  options: { expected: ChainHead; signers: readonly Signer[]; now: number },
): Entry {
  return append(file, trustRoot, options.now, (chain) => makeNext(chain, draft, options));
}

/**
 * Appends an entry that was signed elsewhere, such as an approver's. It names the head that it follows.
 * @throws as `appendDraft`
 */
export function appendEntry(file: string, trustRoot: TrustRoot, entry: Entry, now: number): Entry {
  return append(file, trustRoot, now, (chain) => {
    requireHead(chain, { seq: entry.seq - 1, head: entry.prev });
    return entry;
  });
}

function append(file: string, trustRoot: TrustRoot, now: number, make: (chain: Chain) => Entry): Entry {
  // Looked for first, since taking the lock makes its file.
  if (!existsSync(file)) throw missing(file);
  const lock = takeLock(file);
  try {
    const handle = openLedger(file, 'r+');
    try {
      const bytes = readAll(file, handle);
      const end = endOfLines(bytes);
      const chain = verifyLedger(bytes.subarray(0, end), trustRoot);
      const entry = make(chain);
      chain.add(entry);
      if (end < bytes.length) setAside(file, handle, bytes, end, now);
      writeLine(file, handle, end, formatEntry(entry));
      return entry;
    } finally {
      closeSync(handle);
    }
  } finally {
    lock.release();
  }
}

function takeLock(file: string): KernelLock {
  const lock = takeKernelLock(`${file}.lock`, lockWaitMs);
  if (lock) return lock;
  throw new LedgerError('busy', `somebody else has been writing to ${file} for ${lockWaitMs / 1000} s`);
}

/** Keeps the bytes of a torn last line beside the ledger: nothing is ever deleted. */
function setAside(file: string, handle: number, bytes: Uint8Array, end: number, now: number): void {
  const time = new Date(now).toISOString().replace(/[-:]/g, '');
  const unique = randomBytes(4).toString('hex');
  writeFileSync(`${file}.torn-${time}-${unique}`, bytes.subarray(end), { flag: 'wx', flush: true, mode: 0o600 });
  syncFolder(file);
  ftruncateSync(handle, end);
  fsyncSync(handle);
}

function writeLine(file: string, handle: number, at: number, line: string): void {
  const bytes = Buffer.from(line);
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done, bytes.length - done, at + done);
    fsyncSync(handle);
    syncFolder(file);
  } catch (cause) {
    // The caller hears that nothing was recorded, so a whole line must not come to light later.
    try {
      ftruncateSync(handle, at);
      fsyncSync(handle);
    } catch {
      // What is left then is a torn line, or a line that a disk without space for anything has kept.
    }
    throw new LedgerError('write_failed', `${file} cannot be written; nothing was recorded`, { cause });
  }
}

function openLedger(file: string, flags: 'r' | 'r+'): number {
  try {
    return openSync(file, flags);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw missing(file);
    throw new LedgerError('unreadable', `the ledger ${file} cannot be opened`, { cause });
  }
}

function readAll(file: string, handle: number): Buffer {
  const stat = fstatSync(handle);
  if (!stat.isFile()) throw new LedgerError('unreadable', `the ledger ${file} is not a file`);
  if (stat.size > maxLedgerBytes) throw tooLarge(file);
  return readFileSync(handle);
}

const endOfLines = (bytes: Uint8Array) => bytes.lastIndexOf(0x0a) + 1;

function missing(file: string): LedgerError {
  return new LedgerError('missing', `there is no ledger at ${file}`, {
    details: ['only `cutover keys init` makes one; a lost one is restored from where its gateway last saw it'],
  });
}

function syncFolder(file: string): void {
  const handle = openSync(path.dirname(file), 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
