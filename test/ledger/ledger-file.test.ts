import fs, {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { takeKernelLock } from '../../kernel-lock';
import { type Draft, type Entry, formatEntry, genesisEntry, hashOf, signEntry } from '../../ledger/entry';
import { appendDraft, appendEntry, createLedger, readLedger } from '../../ledger/ledger-file';
import { digestBytes } from '../../posture/digest';
import { fault, syncedBy, withFileSystem } from '../helpers/file-system';
import { entriesOf, grantOf, haltAt, headAfter, incidentOf } from '../helpers/ledger';
import { countLeftOpen } from '../helpers/left-open';
import { makeTrust, startTime } from '../helpers/trust';
import { withCode } from '../helpers/with-code';

const home = mkdtempSync(path.join(tmpdir(), 'cutover-ledger-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const trust = makeTrust();
let folder: string;
let file: string;
let count = 0;
beforeEach(() => {
  folder = path.join(home, `${count++}`);
  mkdirSync(folder);
  file = path.join(folder, 'ledger.jsonl');
});

const read = () => readLedger(file, trust.root);
const append = (draft: Draft, expected = read().head, now = startTime) =>
  appendDraft(file, trust.root, draft, {
    expected,
    signers: draft.kind === 'incident' ? trust.signers.approver : trust.signers.guardian,
    now,
  });
const format = (entries: readonly Entry[]) => Buffer.from(entries.map(formatEntry).join(''));
const torn = () => readdirSync(folder).filter((name) => name.includes('.torn-'));

describe('making one', () => {
  test('leaves its first entry, for its owner alone', () => {
    createLedger(file, trust.genesis);
    expect(read().entries).toEqual([trust.genesis]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['ledger.jsonl']);
  });

  test('is refused where one is, even an empty one, and changes nothing', () => {
    for (const content of ['', 'garbage']) {
      writeFileSync(file, content);
      expect(() => createLedger(file, trust.genesis)).toThrow(withCode('exists'));
      expect(readFileSync(file, 'utf8')).toBe(content);
    }
  });

  test('is done by nothing else: a missing ledger is an error and stays missing', () => {
    expect(() => read()).toThrow(withCode('missing'));
    expect(() => append(haltAt(1), headAfter(trust.genesis))).toThrow(withCode('missing'));
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('appending', () => {
  test('goes through the whole life of a ledger', () => {
    createLedger(file, trust.genesis);
    append(grantOf(digestBytes('a')));
    const halt = append(haltAt(startTime));
    expect(() => append(grantOf(digestBytes('b')))).toThrow(withCode('grant_over_halt'));
    append(incidentOf(hashOf(halt)));
    expect(() => append(grantOf(digestBytes('a')))).toThrow(withCode('evidence_reused'));
    append(grantOf(digestBytes('b')));
    expect(read().head.seq).toBe(4);
    expect(readFileSync(file)).toEqual(format(read().entries));
  });

  test('never writes an entry that would not be read', () => {
    createLedger(file, trust.genesis);
    const before = readFileSync(file);
    const options = { expected: headAfter(trust.genesis), now: startTime };
    for (const signers of [[], trust.signers.measure, trust.signers.approver, makeTrust().signers.guardian]) {
      expect(() => appendDraft(file, trust.root, haltAt(1), { ...options, signers })).toThrow(
        withCode('bad_signature'),
      );
    }
    expect(readFileSync(file)).toEqual(before);
  });

  test('on an old head is refused, as is an entry that was signed for one', () => {
    createLedger(file, trust.genesis);
    const old = headAfter(trust.genesis);
    const signedForOld = signEntry(haltAt(2), old, startTime, trust.signers.guardian);
    append(haltAt(1), old);
    expect(() => append(haltAt(2), old)).toThrow(withCode('stale_head'));
    expect(() => appendEntry(file, trust.root, signedForOld, startTime)).toThrow(withCode('stale_head'));
    const fresh = signEntry(haltAt(2), read().head, startTime, trust.signers.guardian);
    expect(appendEntry(file, trust.root, fresh, startTime)).toEqual(fresh);
  });

  test('with a clock that stepped back takes the newest time instead', () => {
    createLedger(file, trust.genesis);
    expect(append(haltAt(1), read().head, startTime + 5000).time).toBe(startTime + 5000);
    expect(append(haltAt(2), read().head, 0).time).toBe(startTime + 5000);
    expect(append(haltAt(3), read().head, startTime + 5001).time).toBe(startTime + 5001);
  });

  test('while somebody else holds the lock is refused, afterwards it is not', () => {
    createLedger(file, trust.genesis);
    const lock = takeKernelLock(`${file}.lock`, 0);
    expect(() => append(haltAt(1))).toThrow(withCode('busy'));
    lock!.release();
    expect(append(haltAt(1)).seq).toBe(1);
  });

  test('to a ledger that does not verify rewrites nothing', () => {
    const entries = entriesOf(trust, [grantOf(digestBytes('a')), haltAt(1)]);
    const bytes = format(entries);
    const garbage = Buffer.from(bytes);
    garbage[bytes.length - 40]! ^= 1;
    const foreign = format(entriesOf(makeTrust(), [haltAt(1)]));
    for (const content of [garbage, foreign, Buffer.alloc(0), Buffer.concat([garbage, Buffer.from('{"torn')])]) {
      writeFileSync(file, content);
      expect(() => append(haltAt(2), headAfter(entries.at(-1)!))).toThrow();
      expect(readFileSync(file)).toEqual(content);
      expect(torn()).toEqual([]);
    }
  });

  test('to a folder, or to more than 64 MiB, is refused by name', () => {
    mkdirSync(file);
    expect(() => read()).toThrow(withCode('unreadable'));
    rmSync(file, { recursive: true });
    createLedger(file, trust.genesis);
    truncateSync(file, 64 * 1024 * 1024 + 1);
    expect(() => read()).toThrow(withCode('too_large'));
  });
});

describe('what is wrong is said', () => {
  const says = (run: () => unknown, code: string, message: string | RegExp) => {
    expect(run).toThrow(withCode(code));
    expect(run).toThrow(message);
  };

  test('of a place that is none, by the file system', () => {
    expect(() => createLedger(path.join(folder, 'none', 'ledger.jsonl'), trust.genesis)).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
    writeFileSync(file, '');
    const below = path.join(file, 'ledger.jsonl');
    const readBelow = () => readLedger(below, trust.root);
    says(readBelow, 'unreadable', `the ledger ${below} cannot be opened`);
    expect(readBelow).toThrow(expect.objectContaining({ cause: expect.objectContaining({ code: 'ENOTDIR' }) }));
  });

  test('of a ledger that is missing, there, a folder, empty, or too large', () => {
    says(read, 'missing', `there is no ledger at ${file}`);
    expect(read).toThrow(expect.objectContaining({ details: [expect.stringContaining('cutover keys init')] }));
    writeFileSync(file, '');
    says(() => createLedger(file, trust.genesis), 'exists', `${file} exists; a ledger is never made anew`);
    expect(() => createLedger(file, trust.genesis)).toThrow(expect.objectContaining({ cause: expect.any(Error) }));
    says(read, 'empty', 'the ledger has no entry');
    truncateSync(file, 64 * 1024 * 1024 + 1);
    says(read, 'too_large', 'expected at most 67108864 bytes, found ');
    truncateSync(file, 64 * 1024 * 1024);
    // So many bytes may be read; these are none of a ledger.
    says(read, 'empty', 'the ledger has no entry');
    rmSync(file);
    mkdirSync(file);
    says(read, 'unreadable', `the ledger ${file} is not a file`);
  });

  test('of a lock that another holds', () => {
    createLedger(file, trust.genesis);
    const lock = takeKernelLock(`${file}.lock`, 0);
    says(() => append(haltAt(1)), 'busy', `somebody else has been writing to ${file} for 2 s`);
    lock!.release();
  });
});

test('lock and handles are given back, whatever came of it', () => {
  createLedger(file, trust.genesis);
  const { head } = read();
  const left = countLeftOpen(() => {
    append(haltAt(1));
    expect(() => append(haltAt(1), head)).toThrow(withCode('stale_head'));
    expect(() => createLedger(file, trust.genesis)).toThrow(withCode('exists'));
  });
  expect(left).toBe(0);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

describe('a disk', () => {
  const bytesNow = () => readFileSync(file);
  const full = () => {
    throw fault('ENOSPC');
  };
  beforeEach(() => createLedger(file, trust.genesis));

  test('has an entry before anybody hears of it', () => {
    const other = path.join(folder, 'other.jsonl');
    const made = syncedBy(() => createLedger(other, trust.genesis));
    expect(made).toEqual([expect.stringMatching(/other\.jsonl\.[0-9a-f]{16}\.tmp$/), folder]);
    const { head } = read();
    expect(syncedBy(() => append(haltAt(1), head))).toEqual([file, folder]);
    appendFileSync(file, '{"torn');
    const healed = syncedBy(() => append(haltAt(2), read().head));
    expect(healed).toEqual([expect.stringContaining('.torn-'), folder, file, file, folder]);
  });

  test('that is full records nothing: what was written of the line is taken back', () => {
    const before = bytesNow();
    const { head } = read();
    let calls = 0;
    const { writeSync } = fs;
    const little = (handle: number, bytes: Uint8Array, from: number, _length: number, at: number) =>
      calls++ === 0 ? writeSync(handle, bytes, from, 10, at) : full();
    for (const replaced of [{ writeSync: little }, { fsyncSync: full }]) {
      expect(() => withFileSystem(replaced, () => append(haltAt(1), head))).toThrow(
        expect.objectContaining({
          code: 'write_failed',
          message: `${file} cannot be written; nothing was recorded`,
          cause: expect.objectContaining({ code: 'ENOSPC' }),
        }),
      );
      expect(bytesNow()).toEqual(before);
    }
    // That it was taken back is on the disk too.
    const run = () => expect(() => withFileSystem({ writeSync: full }, () => append(haltAt(1), head))).toThrow();
    expect(syncedBy(run)).toEqual([file]);
    expect(append(haltAt(1), head).seq).toBe(1);
  });

  test('that does not even take a line back leaves what is no line', () => {
    const { head } = read();
    const { writeSync } = fs;
    let calls = 0;
    const little = (handle: number, bytes: Uint8Array, from: number, _length: number, at: number) =>
      calls++ === 0 ? writeSync(handle, bytes, from, 10, at) : full();
    expect(() => withFileSystem({ writeSync: little, ftruncateSync: full }, () => append(haltAt(1), head))).toThrow(
      withCode('write_failed'),
    );
    expect(read().head).toEqual(head);
    expect(append(haltAt(1), head).seq).toBe(1);
    expect(torn()).toHaveLength(1);
  });

  test('that takes a byte at a time has the whole line in the end', () => {
    const { writeSync } = fs;
    const slow = (handle: number, bytes: Uint8Array, from: number, length: number, at: number) => {
      expect(from + length).toBe(bytes.length);
      return writeSync(handle, bytes, from, 1, at);
    };
    const { head } = read();
    const entry = withFileSystem({ writeSync: slow }, () => append(haltAt(1), head));
    expect(bytesNow()).toEqual(format([trust.genesis, entry]));
  });

  test('on which no ledger can be made has none, and is what is named', () => {
    const other = path.join(folder, 'other.jsonl');
    for (const name of ['writeFileSync', 'linkSync'])
      expect(() => withFileSystem({ [name]: full }, () => createLedger(other, trust.genesis))).toThrow(
        expect.objectContaining({ code: 'ENOSPC' }),
      );
    expect(readdirSync(folder)).toEqual(['ledger.jsonl']);
  });
});

test('torn bytes are kept under the time at which they were found, for the owner alone', () => {
  createLedger(file, trust.genesis);
  appendFileSync(file, '{"torn');
  append(haltAt(1), read().head, startTime);
  const [name] = torn();
  expect(name).toMatch(/^ledger\.jsonl\.torn-20260102T030405\.000Z-[0-9a-f]{8}$/);
  expect(statSync(path.join(folder, name!)).mode & 0o777).toBe(0o600);
});

describe('a crash', () => {
  const entries = entriesOf(trust, [haltAt(1), haltAt(2)]);
  const bytes = format(entries);
  const lastLine = format(entries.slice(0, -1)).length;

  test('after any byte leaves the entries that were whole, or nothing that counts', () => {
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(file, bytes.subarray(0, length));
      const whole = bytes.subarray(0, length).filter((byte) => byte === 0x0a).length;
      if (whole === 0) expect(() => read()).toThrow(withCode('empty'));
      else expect(read().head.seq).toBe(whole - 1);
    }
  });

  test('after any byte of a line is healed by the next append, and the torn bytes are kept', () => {
    for (let length = lastLine; length < bytes.length; length++) {
      writeFileSync(file, bytes.subarray(0, length));
      expect(append(haltAt(2), headAfter(entries.at(-2)!)).seq).toBe(2);
      expect(read().head.seq).toBe(2);
      const kept = torn().map((name) => readFileSync(path.join(folder, name)));
      expect(kept).toEqual(length === lastLine ? [] : [bytes.subarray(lastLine, length)]);
      for (const name of torn()) rmSync(path.join(folder, name));
    }
  });

  test('leaves torn bytes of any content aside', () => {
    for (const tail of [Buffer.alloc(4096), Buffer.from([0xff, 0xfe]), Buffer.from('{"seq":3}')]) {
      writeFileSync(file, Buffer.concat([bytes, tail]));
      expect(read().head.seq).toBe(2);
      append(haltAt(3));
      expect(read().head.seq).toBe(3);
    }
    expect(torn()).toHaveLength(3);
  });

  test('while a ledger was made leaves none', () => {
    // What is there then is a file under another name, which nobody reads and the next one does not stumble over.
    writeFileSync(`${file}.0123456789abcdef.tmp`, formatEntry(trust.genesis).slice(0, 20));
    expect(existsSync(file)).toBe(false);
    createLedger(file, genesisEntry(trust.root, { drill: false, now: startTime }));
    expect(read().head.head).toBe(trust.root.genesis);
  });
});
