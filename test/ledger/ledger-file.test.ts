import {
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
import { entriesOf, grantOf, haltAt, headAfter, incidentOf } from '../helpers/ledger';
import { makeTrust, startTime } from '../helpers/trust';

const home = mkdtempSync(path.join(tmpdir(), 'cutover-ledger-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const trust = makeTrust();
const withCode = (code: string) => expect.objectContaining({ code });
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
