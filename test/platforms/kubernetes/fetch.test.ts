import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PassThrough, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchInto, type Source } from '../../../platforms/kubernetes/fetch';
import { archiveCommand, sendForeign } from '../../../platforms/kubernetes/foreign-pod';
import { keepFiles } from '../../../platforms/kubernetes/inside/keep-files';
import type { Manifest } from '../../../platforms/kubernetes/inside/manifest';
import { sendFolder } from '../../../platforms/kubernetes/inside/send-folder';

let folder: string;
let there: string;
let here: string;
let sent: number;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutover-fetch-'));
  there = path.join(folder, 'there');
  here = path.join(folder, 'here');
  mkdirSync(there);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The folder's real sender, without a pod between. Counts the bytes that it sends. */
const source: Source = async (known: Manifest, archive: Writable) => {
  const counted = new PassThrough();
  sent = 0;
  counted.on('data', (chunk: Buffer) => {
    sent += chunk.length;
  });
  counted.pipe(archive);
  await sendFolder(there, known, counted);
  counted.end();
};
const fetchAll = () => fetchInto(here, source);
const put = (name: string, content: string) => {
  mkdirSync(path.dirname(path.join(there, name)), { recursive: true });
  writeFileSync(path.join(there, name), content);
};
const read = (name: string) => readFileSync(path.join(here, name), 'utf8');

describe('fetchInto', () => {
  it('brings files and folders, and leaves private keys, locks and half written files where they are', async () => {
    for (const name of ['ledger.jsonl', 'halt-records/a.json', 'guardian.key', 'gateway.lock', 'x.json.7.tmp'])
      put(name, name);
    await fetchAll();
    expect(readdirSync(here, { recursive: true }).sort()).toEqual([
      'halt-records',
      'halt-records/a.json',
      'ledger.jsonl',
    ]);
    expect(read('halt-records/a.json')).toBe('halt-records/a.json');
  });

  it('sends again only what has changed, and of a log only what is new', async () => {
    put('backend.log', `${'x'.repeat(50_000)}\n`);
    put('state.json', 'y'.repeat(50_000));
    await fetchAll();
    await fetchAll();
    expect(sent).toBeLessThan(5_000);
    appendFileSync(path.join(there, 'backend.log'), 'new\n');
    await fetchAll();
    expect(sent).toBeLessThan(5_000);
    expect(read('backend.log')).toBe(readFileSync(path.join(there, 'backend.log'), 'utf8'));
    put('state.json', 'z');
    await fetchAll();
    expect(read('state.json')).toBe('z');
  });

  it('takes a log that was begun anew as a whole', async () => {
    put('a.log', 'old old old\n');
    await fetchAll();
    rmSync(path.join(there, 'a.log'));
    put('a.log', 'new\n');
    await fetchAll();
    expect(read('a.log')).toBe('new\n');
  });

  it('sets aside what is gone there, and keeps what was never from there', async () => {
    put('halt.json', '{}');
    await fetchAll();
    writeFileSync(path.join(here, 'mine.txt'), 'mine');
    rmSync(path.join(there, 'halt.json'));
    await fetchAll();
    expect(existsSync(path.join(here, 'halt.json'))).toBe(false);
    const [aside] = readdirSync(`${here}.gone`);
    expect(readFileSync(path.join(`${here}.gone`, aside!), 'utf8')).toBe('{}');
    expect(read('mine.txt')).toBe('mine');
  });

  it('copies a database whole while it is written to, and leaves no copy beside it', async () => {
    const database = new DatabaseSync(path.join(there, 'trader.db'));
    database.exec(
      'PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER); CREATE TABLE sum (n INTEGER); INSERT INTO sum VALUES (0)',
    );
    const add = () => database.exec('BEGIN; INSERT INTO t VALUES (1); UPDATE sum SET n = n + 1; COMMIT');
    const writing = setInterval(add, 1);
    try {
      for (let round = 0; round < 5; round += 1) {
        add();
        await fetchAll();
        const copy = new DatabaseSync(path.join(here, 'trader.db'), { readOnly: true });
        expect(copy.prepare('SELECT (SELECT count(*) FROM t) = (SELECT n FROM sum) AS whole').get()).toEqual({
          whole: 1,
        });
        expect(copy.prepare('SELECT n FROM sum').get()!.n).toBeGreaterThan(round);
        copy.close();
      }
    } finally {
      clearInterval(writing);
      database.close();
    }
    expect(readdirSync(there).filter((name) => name.startsWith('.copy-'))).toEqual([]);
    expect(readdirSync(here)).toEqual(['trader.db']);
  });

  it('goes on after an archive that was cut, without a line twice', async () => {
    put('a.log', 'one\n');
    await fetchAll();
    appendFileSync(path.join(there, 'a.log'), `${'two'.repeat(10_000)}\n`);
    const cut: Source = async (known, archive) => {
      const whole = new PassThrough();
      const chunks: Buffer[] = [];
      whole.on('data', (chunk: Buffer) => chunks.push(chunk));
      await sendFolder(there, known, whole);
      archive.end(Buffer.concat(chunks).subarray(0, 20_000));
      throw new Error('the connection was closed');
    };
    await expect(fetchInto(here, cut)).rejects.toThrow('the connection was closed');
    await fetchAll();
    expect(read('a.log')).toBe(readFileSync(path.join(there, 'a.log'), 'utf8'));
  });

  it('fetches from a pod that has no more than tar', async () => {
    put('trades/a.json', 'a');
    const database = new DatabaseSync(path.join(there, 'trader.db'));
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (7)');
    const bring = async (archive: Writable) => {
      const [program, ...args] = archiveCommand(there);
      await pipeline(spawn(program!, args).stdout, archive);
    };
    await fetchInto(here, (known, archive) => sendForeign(bring, known, archive));
    database.close();
    expect(readdirSync(here, { recursive: true }).sort()).toEqual(['trader.db', 'trades', 'trades/a.json']);
    const copy = new DatabaseSync(path.join(here, 'trader.db'), { readOnly: true });
    expect(copy.prepare('SELECT n FROM t').all()).toEqual([{ n: 7 }]);
    copy.close();
  });

  it('takes no file from outside of its folder', async () => {
    const evil: Source = async (_known, archive) => {
      const { pack } = await import('tar-stream');
      const made = pack();
      made.pipe(archive);
      made.entry({ name: 'manifest.json' }, JSON.stringify({ '../x': { version: '1', size: 1, from: 0 } }));
      made.entry({ name: '../x' }, 'x');
      made.finalize();
    };
    await expect(fetchInto(here, evil)).rejects.toThrow();
    expect(existsSync(path.join(folder, 'x'))).toBe(false);
  });

  it('is one at a time for a folder', async () => {
    put('a.log', 'one\n');
    await Promise.all([fetchAll(), fetchAll(), fetchAll()]);
    expect(read('a.log')).toBe('one\n');
  });
});

describe('keepFiles', () => {
  const hand = (name: string, content: string, mode = 0o600) =>
    keepFiles(there, JSON.stringify([{ name, content: Buffer.from(content).toString('base64'), mode }]));

  it('writes them, and takes the same again, also when they have grown', () => {
    hand('ledger.jsonl', 'genesis\n');
    hand('ledger.jsonl', 'genesis\n');
    appendFileSync(path.join(there, 'ledger.jsonl'), 'grant\n');
    hand('ledger.jsonl', 'genesis\n');
    expect(readFileSync(path.join(there, 'ledger.jsonl'), 'utf8')).toBe('genesis\ngrant\n');
  });

  it('never replaces one, nor leaves its folder', () => {
    hand('trust-root.json', 'first');
    expect(() => hand('trust-root.json', 'second')).toThrow('never replaced');
    expect(() => hand('../x', 'x')).toThrow();
    expect(readdirSync(there)).toEqual(['trust-root.json']);
  });
});
