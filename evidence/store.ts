import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '../errors';
import type { Digest } from '../posture/digest';
import type { Evidence, RejectedEvidence, TrustRoot } from '../posture/proof';
import { NotAFileError, readBoundedFile } from './bounded-file';
import { maxEnvelopeBytes } from './dsse';
import { EvidenceError } from './errors';
import type { SignedEvidence } from './sign';
import { isEvidence, verifyEvidence } from './verify';

/** The most files that are looked at; the newest by name. */
const maxFiles = 1000;

/** The most bytes that are verified in all; an honest evidence has a few thousand. */
const maxTotalBytes = 32 * 1024 * 1024;

/** Everything found in a stack's evidence folder. */
export interface FoundEvidence {
  readonly evidence: readonly Evidence[];
  readonly rejected: readonly RejectedEvidence[];
}

/** The folder of a stack's evidence. @param stacks the project's folder of stacks */
export const evidenceFolder = (stacks: string, stack: string) => path.join(stacks, 'evidence', stack);

/** The file's name: kind, time and the start of the digest, such as `canary-20260102T030405Z-0a1b2c3d.json`. */
export function evidenceFileName({ kind, measuredAt, digest }: Omit<SignedEvidence, 'envelope'>): string {
  const time = new Date(measuredAt).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${kind}-${time}-${digest.slice('sha256:'.length).slice(0, 8)}.json`;
}

/**
 * Stores an evidence, whole and synced or not at all.
 * @returns the file's path
 * @throws EvidenceError `evidence_exists`: an evidence is never overwritten
 */
export function storeEvidence(folder: string, signed: SignedEvidence): string {
  return storeEnvelope(path.join(folder, evidenceFileName(signed)), signed.envelope);
}

/**
 * Stores an evidence that one more key has signed, beside what it was before.
 * @param before the file that held it until now
 * @returns the file's path
 * @throws EvidenceError `evidence_exists`
 */
export function storeCoSigned(before: string, envelope: string, signatures: number): string {
  return storeEnvelope(before.replace(/(-signed-\d+)?\.json$/, `-signed-${signatures}.json`), envelope);
}

function storeEnvelope(file: string, envelope: string): string {
  const folder = path.dirname(file);
  mkdirSync(folder, { recursive: true });
  const fresh = path.join(folder, `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    writeFileSync(fresh, envelope, { flag: 'wx', flush: true });
    // A link refuses a name that is taken, where a rename would replace what has it.
    linkSync(fresh, file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new EvidenceError('evidence_exists', `${file} exists; an evidence is never overwritten`, { cause });
  } finally {
    rmSync(fresh, { force: true });
  }
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return file;
}

/** Why a file was not read. */
type Unread = { readonly code: string; readonly reason: string };

/** A folder of evidence, wherever it lies. */
export interface EvidenceFolder {
  /** To show. */
  readonly name: string;
  /** The names of everything in it. @throws Error that says why it cannot be listed; `ENOENT` where there is none */
  list(): readonly string[];
  /** Never throws. More than `maxEnvelopeBytes` need not be read. */
  read(name: string): Uint8Array | Unread;
}

/**
 * Reads and verifies every evidence of a folder. Never throws: what cannot be read or verified is named among the
 * rejected. At most 1,000 files and 32 MiB are looked at, and nothing but files is waited for.
 */
export function readEvidence(folder: string | EvidenceFolder, trustRoot: TrustRoot): FoundEvidence {
  const { name: shown, list, read } = typeof folder === 'string' ? folderOnDisk(folder) : folder;
  const evidence = new Map<Digest, Evidence>();
  const rejected: RejectedEvidence[] = [];
  let left = maxTotalBytes;
  for (const name of listFiles(shown, list, rejected)) {
    const bytes = read(name);
    if (!(bytes instanceof Uint8Array)) {
      rejected.push({ name, ...bytes });
      continue;
    }
    left -= bytes.length;
    if (left < 0) {
      const reason = `more than ${maxTotalBytes} bytes in all; this file and those after it are not looked at`;
      rejected.push({ name, code: 'too_many', reason });
      break;
    }
    const result = verifyEvidence(bytes, name, trustRoot);
    if (!isEvidence(result)) rejected.push(result);
    else add(evidence, result);
  }
  return { evidence: [...evidence.values()], rejected };
}

/** A copy under another name is the same evidence: of two the one that more keys have signed. */
function add(evidence: Map<Digest, Evidence>, one: Evidence): void {
  const known = evidence.get(one.digest);
  if (known === undefined || one.keyIds.length > known.keyIds.length) evidence.set(one.digest, one);
}

const folderOnDisk = (folder: string): EvidenceFolder => ({
  name: folder,
  list: () => readdirSync(folder),
  read: (name) => readEnvelope(path.join(folder, name)),
});

function listFiles(folder: string, list: EvidenceFolder['list'], rejected: RejectedEvidence[]): string[] {
  let names: string[];
  try {
    names = list().filter((name) => !name.startsWith('.') && name.endsWith('.json'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      rejected.push({ name: folder, code: 'unreadable', reason: messageOf(error) });
    }
    return [];
  }
  if (names.length > maxFiles) {
    const reason = `${names.length} files; only the newest ${maxFiles} are looked at`;
    rejected.push({ name: folder, code: 'too_many', reason });
  }
  // By the time in the name, the newest first.
  const dated = names.map((name) => ({ name, time: name.split('-')[1] ?? '' }));
  dated.sort((one, other) => compare(other.time, one.time) || compare(one.name, other.name));
  return dated.slice(0, maxFiles).map(({ name }) => name);
}

const compare = (one: string, other: string) => (one < other ? -1 : Number(one > other));

/** A file's bytes, one more than an envelope may have at the most; or why there are none. */
function readEnvelope(file: string): Uint8Array | Unread {
  try {
    return readBoundedFile(file, maxEnvelopeBytes);
  } catch (error) {
    return { code: error instanceof NotAFileError ? 'malformed' : 'unreadable', reason: messageOf(error) };
  }
}
