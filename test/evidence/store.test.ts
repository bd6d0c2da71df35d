import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execaSync } from 'execa';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { signEvidence } from '../../evidence/sign';
import { readEvidence, storeEvidence } from '../../evidence/store';
import { claimOf } from '../helpers/claims';
import { makeTrust } from '../helpers/trust';

const home = mkdtempSync(path.join(tmpdir(), 'cutover-store-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

let folder: string;
let count = 0;
beforeEach(() => {
  folder = path.join(home, `${count++}`, 'main');
});

const trust = makeTrust();
const canary = signEvidence(claimOf('canary'), trust.signers.measure);
const read = () => readEvidence(folder, trust.root);

test('what is stored is read back under its name, and nothing else is left in the folder', () => {
  const file = storeEvidence(folder, canary);
  expect(path.basename(file)).toMatch(/^canary-20260102T030405Z-[0-9a-f]{8}\.json$/);
  expect(readdirSync(folder)).toEqual([path.basename(file)]);
  expect(read()).toMatchObject({ evidence: [{ digest: canary.digest, name: path.basename(file) }], rejected: [] });
});

test('a folder that does not exist has no evidence, a file in its place is named', () => {
  expect(read()).toEqual({ evidence: [], rejected: [] });
  mkdirSync(path.dirname(folder), { recursive: true });
  writeFileSync(folder, '');
  expect(read()).toMatchObject({ evidence: [], rejected: [{ code: 'unreadable' }] });
});

test('an evidence is never overwritten', () => {
  const file = storeEvidence(folder, canary);
  writeFileSync(file, 'changed');
  expect(() => storeEvidence(folder, canary)).toThrow(expect.objectContaining({ code: 'evidence_exists' }));
  expect(readFileSync(file, 'utf8')).toBe('changed');
  expect(readdirSync(folder)).toHaveLength(1);
});

test('a copy under another name counts once', () => {
  storeEvidence(folder, canary);
  writeFileSync(path.join(folder, 'copy.json'), canary.envelope);
  expect(read()).toMatchObject({ evidence: [{ digest: canary.digest }], rejected: [] });
});

test('every bad file is named, is waited for by nobody, and spoils no good one', () => {
  storeEvidence(folder, canary);
  const put = (name: string, content = '') => writeFileSync(path.join(folder, name), content);
  put('empty.json');
  put('half.json', canary.envelope.slice(0, 300));
  put('huge.json');
  truncateSync(path.join(folder, 'huge.json'), 1024 ** 3);
  put('stranger.json', signEvidence(claimOf('canary'), makeTrust().signers.measure).envelope);
  mkdirSync(path.join(folder, 'folder.json'));
  symlinkSync('/dev/zero', path.join(folder, 'endless.json'));
  symlinkSync('nowhere', path.join(folder, 'dangling.json'));
  execaSync('mkfifo', [path.join(folder, 'pipe.json')]);
  put('notes.txt', 'not an evidence');
  put('.hidden.json', 'not an evidence');
  const found = read();
  expect(found.evidence.map(({ digest }) => digest)).toEqual([canary.digest]);
  expect(Object.fromEntries(found.rejected.map(({ name, code }) => [name, code]))).toEqual({
    'empty.json': 'malformed',
    'half.json': 'malformed',
    'huge.json': 'too_large',
    'stranger.json': 'unknown_key',
    'folder.json': 'malformed',
    'endless.json': 'malformed',
    'dangling.json': 'unreadable',
    'pipe.json': 'malformed',
  });
});

test('of too many files the newest are looked at, and the rest is told', () => {
  storeEvidence(folder, canary);
  for (let file = 0; file < 1005; file++) {
    writeFileSync(path.join(folder, `canary-2025${String(file).padStart(4, '0')}T000000Z-00000000.json`), '');
  }
  const found = read();
  expect(found.evidence).toHaveLength(1);
  expect(found.rejected.find(({ code }) => code === 'too_many')).toBeDefined();
  expect(found.rejected).toHaveLength(1000);
});

test('of too many bytes the newest are looked at, within seconds however many signatures there are to try', () => {
  storeEvidence(folder, canary);
  const { payloadType, signatures } = JSON.parse(canary.envelope);
  const eight = Array.from({ length: 8 }, () => signatures[0]);
  const payload = Buffer.alloc(190 * 1024).toString('base64');
  const huge = JSON.stringify({ payloadType, payload, signatures: eight });
  for (let file = 0; file < 140; file++) {
    writeFileSync(path.join(folder, `canary-2025${String(file).padStart(4, '0')}T000000Z-00000000.json`), huge);
  }
  const found = read();
  expect(found.evidence).toHaveLength(1);
  expect(found.rejected.at(-1)!.code).toBe('too_many');
  expect(new Set(found.rejected.slice(0, -1).map(({ code }) => code))).toEqual(new Set(['bad_signature']));
});
